//! uWSGI's default request log: a sentence. Its time has no zone and is taken for UTC.

use crate::layout::{Dialect, Laid, Layouts, Plan, Tail};

/// `[pid: ...] client (user) {...} [time] METHOD uri => generated ...`.
pub(crate) static UWSGI: Laid = Laid::new(Plan {
    name: "uwsgi",
    aliases: &[],
    about: "uWSGI request log",
    example: "[pid: 24386|app: 0|req: 482950/4125645] 192.0.2.7 () {44 vars in 1322 bytes} [Tue Jan  3 05:01:31 2012] GET /a?b=1 => generated 192 bytes in 21 msecs (HTTP/1.1 200) 4 headers in 188 bytes (1 switches on core 0)",
    layouts: || {
        let head = "[pid: $pid|app: $_app|req: $_count] $remote_addr ($remote_user) {$_variables vars in $bytes_received bytes} [${time:%a %b %e %H:%M:%S %Y}] $request_method $request_uri => generated $body_bytes_sent bytes in";
        let ends = [
            "${request_time_ms} msecs ($server_protocol $status)",
            "${request_time_us} micros ($server_protocol $status)",
            "${request_time_ms} msecs $_way ($server_protocol $status)",
        ];
        // `memory-report` stands before all else.
        let heads = ["", "{address space usage: $_space} {rss usage: $_resident} "];
        let layouts = heads.iter().flat_map(|memory| ends.map(|end| format!("{memory}{head} {end}")));
        Layouts::of(Dialect::Nginx, layouts).with_tail(Tail::Anything)
    },
    mend: |record, _| {
        record.user = record.user.filter(|user| !user.is_empty());
        Ok(())
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn a_sentence_is_a_record() {
        let example = UWSGI.example();
        for line in [
            example.to_owned(),
            example.replace("msecs (", "msecs via sendfile() ("),
            format!("{{address space usage: 1024 bytes/0MB}} {{rss usage: 512 bytes/0MB}} {example}"),
        ] {
            let record = UWSGI.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.user, record.target), (None, Some(&b"/a?b=1"[..])));
            assert_eq!((record.duration, record.bytes, record.status), (Some(21_000_000), Some(192), Some(200)));
            assert_eq!(record.time, Time::from_parts(1_325_566_891, 0));
        }
        assert!(UWSGI.parse(b"[uWSGI] getting INI configuration from app.ini").is_err());
    }
}

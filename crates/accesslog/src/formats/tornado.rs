//! What Tornado says of each request, as its own log and those of Jupyter's servers write it.
//!
//! A level, a local time and a place in the program stand in brackets; JupyterHub puts the user's name before the client.

use crate::address::is_address;
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `[level time module] status METHOD target (client) duration`.
pub(crate) static TORNADO: Laid = Laid::new(Plan {
    name: "tornado",
    aliases: &["jupyter"],
    about: "Tornado and Jupyter request log",
    example: r#"[I 240501 00:02:15 web:2348] 200 GET /a?b=1 (192.0.2.7) 1.28ms"#,
    layouts: || {
        let tail = "$status $request_method $request_uri ($remote_addr) $request_time_spelled";
        // Jupyter's older servers write a clock without a date, and such a line has no time.
        let times = ["%y%m%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%msec_frac", "%H:%M:%S.%msec_frac"];
        let plain = times.map(|time| format!("[$_level ${{time:{time}}} $_module] {tail}"));
        // Behind what failed stands the referer.
        let failed = plain.clone().map(|layout| format!("{layout} referer=$http_referer"));
        Layouts::of(Dialect::Nginx, plain.into_iter().chain(failed))
    },
    mend: |record, _| {
        let client = record.client.ok_or("who asked")?;
        // JupyterHub names who has logged in.
        if let Some(at) = memchr::memrchr(b'@', client) {
            let user = &client[..at];
            (record.client, record.user) = (Some(&client[at + 1..]), Some(user).filter(|user| !user.is_empty()));
        }
        let is_method = record.method.is_some_and(|method| method.iter().all(u8::is_ascii_uppercase));
        if is_method && record.client.is_some_and(is_address) && record.duration.is_some() {
            Ok(())
        } else {
            Err("a method in capitals, a client and a duration")
        }
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn who_asked_may_have_a_name() {
        let example = TORNADO.example();
        let hub = "[W 2024-05-01 00:02:15.250 JupyterHub log:189] 200 GET /a?b=1 (alice@192.0.2.7) 1.28ms";
        for (line, user) in
            [(example.to_owned(), None), (hub.to_owned(), Some(&b"alice"[..])), (hub.replace("alice@", "@"), None)]
        {
            let record = TORNADO.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), user), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), Some(200)));
            assert_eq!((record.duration, record.time.map(Time::seconds)), (Some(1_280_000), Some(1_714_521_735)));
        }
        let failed = "[W 00:02:15.250 NotebookApp] 404 GET /a?b=1 (192.0.2.7) 1.28ms referer=http://shop.example/";
        let record = TORNADO.parse(failed.as_bytes()).unwrap().unwrap();
        assert_eq!((record.time, record.referer), (None, Some(&b"http://shop.example/"[..])));
        for line in [
            "[I 240501 00:02:15 app:12] 200 workers (idle) since 5s",
            "[I 2024-05-01 00:02:15.250 ServerApp] Jupyter Server 2.0 is running at:",
            "[I 240501 00:02:15 web:2348] 200 GET /a (b c@d) 1.28ms",
        ] {
            assert!(TORNADO.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}

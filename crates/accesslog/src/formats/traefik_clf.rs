//! Traefik's common log format: the combined format, then the count of requests, the router, the server behind it, and the
//! milliseconds. The referer and the agent may be bare dashes, the milliseconds may be missing, and plain common lines may stand between.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// The layouts of the versions, then the plain common format.
pub(crate) static TRAEFIK_CLF: Laid = Laid::new(Plan {
    name: "traefik_clf",
    aliases: &["traefik"],
    about: "Traefik access log, format common",
    example: r#"192.0.2.7 - - [08/Dec/2021:13:59:39 +0000] "GET /a HTTP/1.1" 200 352 "-" "Mozilla/5.0" 240 "shop@docker" "http://198.51.100.4:80" 12ms"#,
    layouts: || {
        let common = r#"$remote_addr $ident $remote_user [$time_local] "$request" $status $body_bytes_sent"#;
        let sent = [
            r#""$http_referer" "$http_user_agent""#,
            r#"$http_referer "$http_user_agent""#,
            // Bare values of any look would let a client write the fields behind them.
            "- -",
        ];
        let ends = [" ${request_time_ms}ms", ""];
        let layouts = sent.iter().flat_map(|sent| {
            ends.map(|end| format!(r#"{common} {sent} $request_count "$router" "$upstream_addr"{end}"#))
        });
        Layouts::of(Dialect::Nginx, layouts.chain([common.to_owned()]))
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_tail_has_had_several_forms() {
        let example = TRAEFIK_CLF.example();
        for (line, duration) in [
            (example.to_owned(), Some(12_000_000)),
            (example.replace("352 \"-\"", "352 -"), Some(12_000_000)),
            (example.replace(" 12ms", ""), None),
            (example.replace("200 352", "- -"), Some(12_000_000)),
        ] {
            let record = TRAEFIK_CLF.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.agent, record.duration), (Some(&b"Mozilla/5.0"[..]), duration), "{line}");
            assert_eq!(record.upstream, Some(&b"http://198.51.100.4:80"[..]), "{line}");
        }
        let bare = example.replace(r#""-" "Mozilla/5.0""#, "- -");
        assert_eq!(TRAEFIK_CLF.parse(bare.as_bytes()).unwrap().unwrap().agent, None);
        assert!(TRAEFIK_CLF.parse(example.replace(" 240 ", " x y ").as_bytes()).is_err());
    }
}

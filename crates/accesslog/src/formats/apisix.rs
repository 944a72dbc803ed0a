//! Apache APISIX's access log, as its configuration has it: nginx's fields in an order of its own, the host that was asked
//! for before the request.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `client - user [time] host "request" status bytes seconds "referer" "agent" upstream status seconds`.
pub(crate) static APISIX: Laid = Laid::new(Plan {
    name: "apisix",
    aliases: &[],
    about: "Apache APISIX access log",
    example: r#"192.0.2.7 - - [01/May/2024:00:02:15 +0000] shop.example:9080 "GET /a?b=1 HTTP/1.1" 200 2326 0.012 "-" "Mozilla/5.0" 10.0.0.5:80 200 0.011 "http://shop.example:9080""#,
    layouts: || {
        let layout = r#"$remote_addr - $remote_user [$time_local] $http_host "$request" $status $body_bytes_sent $request_time "$http_referer" "$http_user_agent" $upstream_addr $upstream_status $upstream_response_time"#;
        Layouts::of(Dialect::Nginx, [format!(r#"{layout} "$_upstream""#), layout.to_owned()])
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_host_stands_before_the_request() {
        let example = APISIX.example();
        let retried = example.replace("10.0.0.5:80 200 0.011", "10.0.0.5:80, 10.0.0.6:80 502, 200 0.001, 0.010");
        for line in [example.to_owned(), retried, example.replace(" \"http://shop.example:9080\"", "")] {
            let record = APISIX.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.host, record.status), (Some(&b"shop.example:9080"[..]), Some(200)), "{line}");
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(12_000_000)));
            assert_eq!((record.agent, record.referer), (Some(&b"Mozilla/5.0"[..]), None));
        }
        assert!(APISIX.parse(example.replace("shop.example:9080 \"GET", "\"GET").as_bytes()).is_err());
    }
}

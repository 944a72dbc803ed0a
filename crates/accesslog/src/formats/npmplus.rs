//! NPMplus: nginx with the referer and the agent unquoted at the end.

use crate::address::is_address;
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// Time, host, client, seconds, request, status, bytes without and with headers, referer, agent.
pub(crate) static NPMPLUS: Laid = Laid::new(Plan {
    name: "npmplus",
    aliases: &[],
    about: "NPMplus access log",
    example: r#"[10/Feb/2024:21:23:40 +0100] shop.example 192.0.2.7 0.002 "GET /a?b=1 HTTP/1.1" 401 77 935 - Mozilla/5.0 (X11; rv:1)"#,
    layouts: || {
        let layout = r#"[$time_local] $host $remote_addr $request_time "$request" $status $body_bytes_sent $bytes_sent $http_referer $http_user_agent"#;
        Layouts::of(Dialect::Nginx, [layout])
    },
    // nginx escapes the quotes of a client: one in a request is another log's.
    mend: |record, _| match record.client.is_some_and(|client| is_address(client) || client == b"unix:") {
        true if !record.request.is_some_and(|request| request.contains(&b'"')) => Ok(()),
        _ => Err("the address of a client, and a request without quotes"),
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_agent_is_the_rest() {
        let record = NPMPLUS.parse(NPMPLUS.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.referer, record.agent), (None, Some(&b"Mozilla/5.0 (X11; rv:1)"[..])));
        assert_eq!((record.bytes, record.duration), (Some(77), Some(2_000_000)));
        assert!(NPMPLUS.parse(NPMPLUS.example().replace(" 0.002", "").as_bytes()).is_err());
        let other = r#"[01/May/2024:00:02:15 +0800] 192.0.2.7 - 12 "https://a.example/" "GET https://a.example/a" 200 191 2830 MISS "x" "y""#;
        assert!(NPMPLUS.parse(other.as_bytes()).is_err());
    }
}

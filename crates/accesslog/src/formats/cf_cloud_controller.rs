//! Cloud Foundry's cloud controller: nginx, with the forwarding clients unquoted and named fields behind them.

use crate::layout::{Dialect, Laid, Layouts, Plan, Tail};

/// Host, time, request, status, bytes, referer, agent, forwarding clients, `vcap_request_id:`, `response_time:`.
pub(crate) static CF_CLOUD_CONTROLLER: Laid = Laid::new(Plan {
    name: "cf_cloud_controller",
    aliases: &[],
    about: "Cloud Foundry cloud controller access log",
    example: r#"api.shop.example - [01/Feb/2019:20:45:02 +0000] "GET /v2/spaces HTTP/1.1" 200 53188 "-" "cf/7" 192.0.2.7, 198.51.100.4 vcap_request_id:49d47ebe::67ee0d7f response_time:0.252"#,
    layouts: || {
        let layout = r#"$host - [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $http_x_forwarded_for vcap_request_id:$request_id response_time:$request_time"#;
        Layouts::of(Dialect::Nginx, [layout]).with_tail(Tail::Anything)
    },
    holds: b" vcap_request_id:",
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_forwarding_clients_end_where_the_id_begins() {
        let record = CF_CLOUD_CONTROLLER.parse(CF_CLOUD_CONTROLLER.example().as_bytes()).unwrap().unwrap();
        assert_eq!(record.forwarded, Some(&b"192.0.2.7, 198.51.100.4"[..]));
        assert_eq!((record.client, record.duration), (None, Some(252_000_000)));
        let line = CF_CLOUD_CONTROLLER.example().replace("response_time", "time");
        assert!(CF_CLOUD_CONTROLLER.parse(line.as_bytes()).is_err());
    }
}

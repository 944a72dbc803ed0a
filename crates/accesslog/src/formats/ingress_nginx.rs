//! The ingress-nginx controller of Kubernetes: nginx's combined format and what the upstreams did.
//!
//! The layout has changed three times: an address in brackets was the second field until 0.22, the alternative upstream
//! came with 0.21, the id of the request some versions before. Several upstreams that were tried for one request are lists
//! with blanks.

use crate::layout::{Dialect, Laid, Layouts, Plan, Tail};

/// The layouts of all versions.
pub(crate) static INGRESS_NGINX: Laid = Laid::new(Plan {
    name: "ingress_nginx",
    aliases: &["nginx_ingress", "ingress"],
    about: "ingress-nginx controller (Kubernetes)",
    example: r#"192.0.2.7 - - [18/Mar/2023:15:00:00 +0000] "GET /a HTTP/2.0" 200 12312 "-" "Mozilla/5.0" 462 0.050 [shop-web-80] [] 198.51.100.4:9000 19437 0.049 200 752178adb17130b291aefd8c386279e7"#,
    layouts: || {
        // A user may hold brackets, so the layout that has them goes first.
        let heads = ["$the_real_ip - [$the_real_ip] - $remote_user", "$remote_addr - $remote_user"];
        let names = ["[$proxy_upstream_name] [$proxy_alternative_upstream_name]", "[$proxy_upstream_name]"];
        let middle = r#"[$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time"#;
        let upstream = "$upstream_addr $upstream_response_length $upstream_response_time $upstream_status";
        let layouts = heads.iter().flat_map(|head| names.iter().map(move |name| (head, name)));
        let layouts = layouts.map(|(head, name)| format!("{head} {middle} {name} {upstream}")).collect::<Vec<_>>();
        // What operators add stands behind the id.
        let with_id = Layouts::of(Dialect::Nginx, layouts.iter().map(|layout| format!("{layout} $req_id")));
        with_id.with_tail(Tail::Anything).and(Layouts::of(Dialect::Nginx, layouts))
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Value};

    #[test]
    fn every_version_is_read() {
        let example = INGRESS_NGINX.example();
        for line in [
            example.to_owned(),
            example.replace(" []", ""),
            example.replace("192.0.2.7 - -", "192.0.2.7 - [192.0.2.7] - -"),
            example.replace("192.0.2.7 - -", "192.0.2.7 - [192.0.2.7] - -").replace(" []", ""),
            example
                .replace("192.0.2.7 - -", "192.0.2.7 - [192.0.2.7] - -")
                .replace(" []", "")
                .replace(" 752178adb17130b291aefd8c386279e7", ""),
        ] {
            let record = INGRESS_NGINX.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), None), "{line}");
            assert_eq!(record.upstream, Some(&b"198.51.100.4:9000"[..]), "{line}");
        }
    }

    #[test]
    fn what_an_operator_adds_is_left_alone() {
        let line = format!("{} shop.example \"TLSv1.3\"", INGRESS_NGINX.example());
        let record = INGRESS_NGINX.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!(record.request_id, Some(&b"752178adb17130b291aefd8c386279e7"[..]));
        assert_eq!(crate::recognise(line.as_bytes()).reading.unwrap().format.name(), "ingress_nginx");
    }

    #[test]
    fn upstreams_that_were_tried_are_lists() {
        let line = INGRESS_NGINX
            .example()
            .replace("198.51.100.4:9000 19437 0.049 200", "10.0.0.1:9000, 10.0.0.2:80 298, 0 0.012, - 200, -");
        let mut told = Vec::new();
        let record = INGRESS_NGINX.parse(line.as_bytes()).unwrap().unwrap();
        INGRESS_NGINX.further(line.as_bytes(), &record, &mut |name, value| told.push((name.to_owned(), value)));
        assert!(told.contains(&("upstream_status_list".to_owned(), Value::Text(b"200, -"))));
        assert!(told.contains(&("alt_upstream_name".to_owned(), Value::Absent)));
        assert!(!told.iter().any(|(name, _)| name == "upstream_status"));
    }

    #[test]
    fn lines_of_the_controller_are_refused() {
        assert!(
            INGRESS_NGINX
                .parse(b"I1221 13:00:58.488494       7 controller.go:202] Initial sync, sleeping for 1 second.")
                .is_err()
        );
    }
}

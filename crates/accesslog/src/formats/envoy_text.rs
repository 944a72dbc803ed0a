//! Envoy's default text, and the layouts that Istio has given it over the years.
//!
//! The default does not say who connected: the first of the forwarding clients is taken for the client then.

use crate::layout::{Dialect, Laid, Layouts, Plan, without_brackets};

/// The layouts, the longest first.
pub(crate) static ENVOY_TEXT: Laid = Laid::new(Plan {
    name: "envoy_text",
    aliases: &["envoy", "istio"],
    about: "Envoy access log, default text and Istio's",
    example: r#"[2018-07-13T15:56:58.312Z] "GET /a?b=1 HTTP/1.1" 200 - 0 11187 107 105 "192.0.2.7, 198.51.100.4" "Mozilla/5.0" "820b432a-32c1-98d5-b5e2-310f824f940f" "shop.example" "127.0.0.1:8000""#,
    layouts: || {
        let head = r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%"#;
        let reasons = [
            r#" %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%""#,
            r#" "%DYNAMIC_METADATA(istio.mixer:status)%" "%UPSTREAM_TRANSPORT_FAILURE_REASON%""#,
            r#" "%DYNAMIC_METADATA(istio.mixer:status)%""#,
            "",
        ];
        let middle = r#" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%""#;
        let addresses = " %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME%";
        let tails = [format!("{addresses} %ROUTE_NAME%"), addresses.to_owned(), String::new()];
        let named = |name: &'static str| {
            let tails = tails.clone();
            reasons
                .into_iter()
                .flat_map(move |reason| tails.clone().map(|tail| format!("{name}{head}{reason}{middle}{tail}")))
        };
        // Ambassador says what kind of line it is.
        let layouts = named("").chain(named("ACCESS ")).collect::<Vec<_>>();
        Layouts::of(Dialect::Envoy, layouts)
    },
    mend: |record, _| {
        let first = record.forwarded.and_then(|list| list.split(|byte| *byte == b',').next());
        record.client = record.client.or(first.map(|first| without_brackets(first.trim_ascii())));
        match record.time {
            Some(_) => Ok(()),
            None => Err("a time stamp"),
        }
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Record};

    fn parse(line: &str) -> Record<'_> {
        ENVOY_TEXT.parse(line.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn the_layouts_of_istio() {
        let example = ENVOY_TEXT.example();
        assert_eq!(parse(example).client, Some(&b"192.0.2.7"[..]));
        assert_eq!(parse(&example.replace("192.0.2.7,", "[2001:db8::7],")).client, Some(&b"2001:db8::7"[..]));
        assert_eq!(parse(&format!("ACCESS {example}")).client, Some(&b"192.0.2.7"[..]));
        let tail = " inbound|8000||a.cluster.local - 172.30.146.73:80 172.30.146.82:38618 outbound_.8000_._.a";
        let with_tail = format!("{example}{tail}");
        assert_eq!(parse(&with_tail).client, Some(&b"172.30.146.82"[..]));
        let newest = format!("{} default", with_tail.replace("200 - 0", "200 - via_upstream - \"-\" 0"));
        let record = parse(&newest);
        assert_eq!((record.bytes, record.duration, record.status), (Some(11_187), Some(107_000_000), Some(200)));
        let mixer = with_tail.replace("200 - 0", "0 UF,URX \"-\" \"-\" 0");
        assert_eq!(parse(&mixer).host, Some(&b"shop.example"[..]));
    }

    #[test]
    fn a_connection_has_no_request() {
        let line = r#"[2019-03-06T09:31:27.360Z] "- - -" 0 - 13 32 5 - "-" "-" "-" "-" "127.0.0.1:80""#;
        let record = parse(line);
        assert_eq!((record.method, record.target, record.client), (None, None, None));
    }

    #[test]
    fn lines_of_its_own_log_are_refused() {
        assert!(
            ENVOY_TEXT
                .parse(b"[2021-03-12 15:31:30.492][1][warning][runtime] [source/common/runtime/x.cc:31] Unable")
                .is_err()
        );
    }
}

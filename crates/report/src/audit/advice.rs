//! What to have servers log, so that what is missing now will be there the next time.
//!
//! Strings to paste, each for the server that wrote the log, and each read by this program as it stands: a test writes a
//! line by every string and reads it again. All begin as the combined format does, so that other readers of it go on.
//! Bodies of requests are in none: what they hold is worse to keep than to miss.

/// nginx: the value of `log_format`.
pub const NGINX: &str = concat!(
    r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "#,
    r#""$host" $request_time $request_length "$http_x_forwarded_for" $request_id "$upstream_addr" "#,
    r#""$upstream_response_time" $scheme "$ssl_protocol" "$ssl_cipher""#
);

/// Apache: the value of `LogFormat`, its quotes not escaped.
pub const APACHE: &str = concat!(
    r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" "%{Host}i" %D %I "%{X-Forwarded-For}i" %{UNIQUE_ID}e "#,
    r#"%{SSL_PROTOCOL}x %{SSL_CIPHER}x"#
);

/// The fields that these two give.
const SERVER_ADDS: &[&str] = &[
    "referer",
    "agent",
    "host",
    "duration",
    "request_bytes",
    "forwarded",
    "request_id",
    "upstream",
    "scheme",
    "tls_version",
];

/// Advice for one kind of log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// For which server or service.
    pub server: &'static str,
    /// What to put where, line by line.
    pub lines: Vec<String>,
    /// Those of the missing fields that it adds.
    pub adds: Vec<&'static str>,
}

/// What to have the writer of that format log, where these fields are missing.
pub fn advice(format: &str, missing: &[&'static str]) -> Vec<Advice> {
    let adds = |known: &[&str]| missing.iter().copied().filter(|name| known.contains(name)).collect::<Vec<_>>();
    match format {
        "s3" => vec![Advice { server: "S3", lines: owned(S3), adds: Vec::new() }],
        "aws_cloudtrail" => vec![Advice { server: "CloudTrail", lines: owned(CLOUDTRAIL), adds: Vec::new() }],
        "aws_alb" => vec![Advice { server: "ALB", lines: owned(ALB), adds: Vec::new() }],
        _ if format.contains("cloudfront") => vec![Advice {
            server: "CloudFront",
            lines: owned(CLOUDFRONT),
            adds: adds(&[
                "forwarded",
                "referer",
                "agent",
                "host",
                "duration",
                "request_bytes",
                "request_id",
                "tls_version",
            ]),
        }],
        _ => {
            let added = adds(SERVER_ADDS);
            if added.is_empty() {
                return Vec::new();
            }
            let apache = added.iter().copied().filter(|name| !["upstream", "scheme"].contains(name)).collect();
            vec![
                Advice { server: "nginx", lines: nginx(), adds: added },
                Advice { server: "Apache", lines: httpd(), adds: apache },
            ]
        }
    }
}

fn nginx() -> Vec<String> {
    let mut lines = vec!["log_format keytrace".to_owned()];
    lines.extend(pieces(NGINX).into_iter().map(|piece| format!("    '{piece}'")));
    lines.last_mut().expect("there is a piece").push(';');
    lines.push("access_log /var/log/nginx/access.log keytrace;".to_owned());
    lines
}

fn httpd() -> Vec<String> {
    let escaped: Vec<String> = pieces(APACHE).iter().map(|piece| piece.replace('"', "\\\"")).collect();
    let mut lines = vec!["# %I needs mod_logio, UNIQUE_ID mod_unique_id".to_owned()];
    // A backslash at the end of a line continues it; the blank at the end of a piece stands before it.
    let last = escaped.len() - 1;
    lines.extend(escaped.iter().enumerate().map(|(number, piece)| match number {
        0 => format!("LogFormat \"{piece}\\"),
        _ if number == last => format!("{piece}\" keytrace"),
        _ => format!("{piece}\\"),
    }));
    lines.push("CustomLog logs/access_log keytrace".to_owned());
    lines
}

/// A string cut behind blanks into pieces that fit a line; joined, they are the string.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for word in text.split_inclusive(' ') {
        if 72 < pieces.last().map_or(0, String::len) + word.len() {
            pieces.push(String::new());
        }
        pieces.last_mut().expect("there is a piece").push_str(word);
    }
    pieces
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

const ALB: &[&str] = &[
    "# access logs hold all fields there are; who connected, and by which TLS, is in connection logs:",
    "aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN --attributes \\",
    "  Key=access_logs.s3.enabled,Value=true Key=access_logs.s3.bucket,Value=BUCKET \\",
    "  Key=connection_logs.s3.enabled,Value=true Key=connection_logs.s3.bucket,Value=BUCKET",
];

const CLOUDFRONT: &[&str] = &[
    "# standard logs (v2), with all fields chosen: x-forwarded-for, cs(Referer), cs(User-Agent),",
    "# x-host-header, time-taken, cs-bytes, x-edge-request-id, ssl-protocol, origin-fbl;",
    "# leave cs(Cookie) out: it holds sessions",
];

const S3: &[&str] = &[
    "# server access logs come late and not all (best effort): add CloudTrail data events for the bucket,",
    "# which hold the access key id and the session of each call (see CloudTrail)",
    "aws s3api get-bucket-logging --bucket BUCKET   # every bucket needs logging of its own",
];

const CLOUDTRAIL: &[&str] = &[
    "aws cloudtrail put-event-selectors --trail-name TRAIL --advanced-event-selectors '[",
    r#"  {"Name":"management","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]},"#,
    r#"  {"Name":"objects","FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},"#,
    r#"    {"Field":"resources.type","Equals":["AWS::S3::Object"]}]}]'"#,
    "aws cloudtrail update-trail --name TRAIL --is-multi-region-trail --enable-log-file-validation",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_advised_is_read_with_every_field() {
        let common = r#"192.0.2.7 - taro [10/Oct/2000:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326 "https://a.example/" "curl/8""#;
        let nginx = r#" "shop.example" 0.012 345 "198.51.100.1, 10.0.0.1" 0a1b2c3d4e5f "10.0.0.9:80, 10.0.0.8:80" "0.001, 0.002" https "TLSv1.3" "TLS_AES_128_GCM_SHA256""#;
        let httpd =
            r#" "shop.example" 12000 345 "198.51.100.1, 10.0.0.1" ZfRk2n8AAQEAAB TLSv1.3 TLS_AES_128_GCM_SHA256"#;
        for (layout, rest) in [(NGINX, nginx), (APACHE, httpd)] {
            let format = accesslog::log_format(layout).expect("the layout is understood");
            let line = format!("{common}{rest}");
            let record = format.parse(line.as_bytes()).expect("the line fits").expect("it is a record");
            assert_eq!(record.host, Some(&b"shop.example"[..]), "{layout}");
            assert_eq!(record.duration, Some(12_000_000));
            assert_eq!(record.forwarded, Some(&b"198.51.100.1, 10.0.0.1"[..]));
            assert_eq!(record.request_bytes, Some(345));
            assert_eq!(record.tls_version, Some(&b"TLSv1.3"[..]));
            assert_eq!((record.status, record.bytes), (Some(200), Some(2326)));
            assert!(record.request_id.is_some() && record.agent.is_some() && record.referer.is_some());
            assert_eq!(record.upstream.is_some(), layout == NGINX);
        }
    }

    #[test]
    fn pasted_lines_are_the_string_again() {
        let quoted: String = nginx()
            .iter()
            .filter_map(|line| line.trim().strip_prefix('\''))
            .map(|line| line.trim_end_matches([';', '\'']))
            .collect();
        assert_eq!(quoted, NGINX);
        let lines = httpd();
        let joined: String =
            lines[1..lines.len() - 1].iter().map(|line| line.strip_suffix('\\').unwrap_or(line)).collect();
        assert_eq!(joined, format!("LogFormat \"{}\" keytrace", APACHE.replace('"', "\\\"")));
        assert!(nginx().iter().chain(&httpd()).all(|line| line.len() <= 96));
    }

    #[test]
    fn only_what_is_missing_is_advised() {
        assert_eq!(advice("combined", &["host"])[0].adds, ["host"]);
        assert_eq!(advice("combined", &["user"]), []);
        assert_eq!(advice("s3", &[])[0].server, "S3");
    }
}

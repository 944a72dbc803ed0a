//! The access log of Amazon's VPC Lattice, in JSON.
//!
//! Between services: the client is a socket of another one, and who it is stands in `resolvedUser` and `callerPrincipal` where the
//! call was signed ("Access logs for Amazon VPC Lattice" in AWS's documentation). Milliseconds are in `duration`; a dash stands for
//! what has no value, and `Unknown` for who is not known.

use super::nginx_json::without_port;
use crate::json::{As, Field, Form, Found, Further, Keys, field};

/// One object a line.
pub(crate) static AWS_VPC_LATTICE: Form = Form {
    name: "aws_vpc_lattice",
    aliases: &["vpc_lattice"],
    about: "Access log of Amazon VPC Lattice",
    example: r#"{"eventTimestamp":"2024-05-01T00:02:16Z","serviceArn":"arn:aws:vpc-lattice:us-west-2:123456789012:service/svc-0b8d","resolvedUser":"Unknown","authDeniedReason":"null","targetGroupArn":"arn:aws:vpc-lattice:us-west-2:123456789012:targetgroup/tg-0123","sourceIpPort":"192.0.2.7:50882","destinationVpcId":"vpc-01abcd","startTime":"2024-05-01T00:02:15Z","requestMethod":"GET","requestPath":"/a?b=1","protocol":"HTTP/1.1","responseCode":200,"failureReason":"-","bytesReceived":42,"bytesSent":2326,"duration":375,"userAgent":"curl/8.5","hostHeader":"shop.example","serverNameIndication":"-","targetIpPort":"10.0.1.2:443","sslCipher":"-","tlsVersion":"-","callerPrincipal":"-"}"#,
    holds: b"",
    keys: &KEYS,
    missing,
    finish: |_, record| {
        without_port(record);
        record.user = record.user.filter(|user| *user != b"Unknown");
    },
    further: &[
        Further("bytes_received", Field::REQUEST_BYTES, As::Integer),
        Further("upstream_addr", Field::UPSTREAM, As::Text),
        Further("failure_reason", FAILURE, As::Text),
        Further("auth_denied_reason", DENIED, As::Text),
    ],
    more: Form::NO_MORE,
};

const DENIED: Field = Field::further(0);
const FAILURE: Field = Field::further(1);

static KEYS: Keys = Keys::new(&[
    field("serviceArn", Field::MARK, 0),
    field("startTime", Field::TIME, 0),
    field("eventTimestamp", Field::TIME, 1),
    field("sourceIpPort", Field::CLIENT, 0),
    field("callerPrincipal", Field::USER, 0),
    field("resolvedUser", Field::USER, 1),
    field("requestMethod", Field::METHOD, 0),
    field("requestPath", Field::TARGET, 0),
    field("protocol", Field::PROTOCOL, 0),
    field("requestProtocol", Field::PROTOCOL, 1),
    field("requestId", Field::REQUEST_ID, 0),
    field("responseCode", Field::STATUS, 0),
    field("bytesReceived", Field::REQUEST_BYTES, 0),
    field("bytesSent", Field::BYTES, 0),
    field("duration", Field::MILLISECONDS, 0),
    field("userAgent", Field::AGENT, 0),
    field("hostHeader", Field::HOST, 0),
    field("targetIpPort", Field::UPSTREAM, 0),
    field("sslCipher", Field::TLS_CIPHER, 0),
    field("tlsVersion", Field::TLS_VERSION, 0),
    field("failureReason", FAILURE, 0),
    field("authDeniedReason", DENIED, 0),
]);

fn missing(found: &Found<'_>) -> Option<&'static str> {
    let is_lattice = found.has(Field::MARK) && found.is_named(Field::CLIENT);
    if is_lattice && found.has(Field::METHOD) && found.has(Field::TARGET) {
        None
    } else {
        Some("the keys `serviceArn`, `sourceIpPort`, `requestMethod` and `requestPath`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn a_client_is_a_socket_and_its_name_may_be_known() {
        let example = AWS_VPC_LATTICE.example;
        let arn = "arn:aws:iam::123456789012:role/shop";
        let signed = example.replace(r#""callerPrincipal":"-""#, &format!(r#""callerPrincipal":"{arn}""#));
        for (line, user) in [(example.to_owned(), None), (signed, Some(arn.as_bytes()))] {
            let record = AWS_VPC_LATTICE.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), user), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a?b=1"[..]), Some(200)));
            assert_eq!((record.bytes, record.duration), (Some(2326), Some(375_000_000)));
            assert_eq!((record.host, record.tls_version), (Some(&b"shop.example"[..]), None));
            assert_eq!(record.protocol, Some(&b"HTTP/1.1"[..]));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
        assert!(AWS_VPC_LATTICE.parse(example.replace("serviceArn", "resourceArn").as_bytes()).is_err());
    }
}

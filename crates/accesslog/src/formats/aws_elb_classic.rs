//! The access log of Amazon's Classic Load Balancer.
//!
//! AWS, "Access logs for your Classic Load Balancer": the head that it shares with the Application Load Balancer, then
//! since 2015 the agent, the cipher and the protocol. A TCP or SSL listener writes a line for a connection, whose request
//! is dashes.

use super::elb::{head, tell_head};
use crate::field::Sink;
use crate::grammar::{fault, field, present};
use crate::{Fault, Format, Record};

/// One line a request, or a connection.
pub(crate) struct AwsElbClassic;

impl Format for AwsElbClassic {
    fn name(&self) -> &'static str {
        "aws_elb_classic"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["elb", "aws_elb"]
    }

    fn about(&self) -> &'static str {
        "Access log of Amazon's Classic Load Balancer"
    }

    fn example(&self) -> &'static str {
        "2024-05-13T23:39:43.945958Z shop 198.51.100.4:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 200 0 57 \
         \"GET https://shop.example:443/a?b=c HTTP/1.1\" \"curl/8.5\" DHE-RSA-AES128-SHA TLSv1.2"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut record = Record::default();
        let (_, rest) = head(line, line, &mut record)?;
        let Some((agent, rest)) = field(line, rest)? else { return Ok(Some(record)) };
        record.agent = present(agent);
        let Some((cipher, rest)) = field(line, rest)? else { return Ok(Some(record)) };
        record.tls_cipher = present(cipher);
        let Some((protocol, rest)) = field(line, rest)? else { return Ok(Some(record)) };
        record.tls_version = present(protocol);
        match field(line, rest)? {
            None => Ok(Some(record)),
            Some(_) => Err(fault(line, rest, "the end of the line")),
        }
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        if let Ok((told, _)) = head(line, line, &mut Record::default()) {
            tell_head(&told, "backend_processing_time_s", record, sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_2014_ends_with_its_request() {
        let line = AwsElbClassic.example();
        let short = &line[..line.find(" \"curl").unwrap()];
        let record = AwsElbClassic.parse(short.as_bytes()).unwrap().unwrap();
        assert_eq!((record.agent, record.host), (None, Some(&b"shop.example"[..])));
        let record = AwsElbClassic.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.agent, record.tls_version), (Some(&b"curl/8.5"[..]), Some(&b"TLSv1.2"[..])));
    }

    #[test]
    fn a_connection_has_no_request() {
        let line = "2024-05-13T23:39:43.945958Z shop 198.51.100.4:2817 - -1 -1 -1 - - -1 -1 \"- - - \" \"-\" - -";
        let record = AwsElbClassic.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.method, record.target, record.status, record.bytes), (None, None, None, None));
        assert_eq!(record.request, Some(&b"- - - "[..]));
    }

    #[test]
    fn what_is_no_line_of_it_is_refused() {
        let line = AwsElbClassic.example();
        for line in [
            "Enable AccessLog for ELB: shop at 2024-05-13T23:39:43.945958Z",
            &line.replace("2024-05-13T", "13.5.2024 "),
            &line.replace(":2817", ""),
            &line.replace("DHE-RSA-AES128-SHA", "a b"),
            &line.replace(" 0.001048", ""),
        ] {
            assert!(AwsElbClassic.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}

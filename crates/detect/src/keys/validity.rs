//! From when until when a key was good.
//!
//! A session's calls say when its keys were issued, and the call that asked for keys says for how long they are good. A key
//! that was issued after a theft is not what was taken in it, and one that had run out by the time of a use was not what
//! was used: so these times bound what may be joined far closer than the longest session that there could be.

use accesslog::{KeyTimes, Record, Time, key_times};
use serde::{Deserialize, Serialize};

use super::cell::is_allowed;
use crate::hash;

/// How many keys are remembered whose issue the log holds.
pub(crate) const ISSUES_MAX: usize = 1 << 16;

/// One second in nanoseconds.
const SECOND_NANOS: i64 = 1_000_000_000;

/// The longest session of a role, in seconds: twelve hours (Amazon, "AssumeRole", `DurationSeconds`).
const ROLE_SECONDS_MAX: u64 = 12 * 3_600;

/// The longest session of a user or of who signs in elsewhere, in seconds: 36 hours (Amazon, "GetSessionToken",
/// "GetFederationToken").
pub(crate) const SESSION_SECONDS_MAX: u64 = 36 * 3_600;

/// The key that a call issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Issue {
    issued: Time,
    expires: Time,
}

impl Issue {
    /// The key that an allowed call issued, by the hash of its id.
    pub(crate) fn of(record: &Record<'_>) -> Option<(u64, Issue)> {
        let seconds = usual_seconds(record.cloud?.operation?)?;
        let times = Some(key_times(record.raw)).filter(|_| is_allowed(record))?;
        let (key, issued) = (times.issued_key_id?, record.time?);
        let seconds = times.lifetime_seconds.unwrap_or(seconds).min(SESSION_SECONDS_MAX);
        Some((hash::hash(key), Issue { issued, expires: later(issued, seconds) }))
    }

    /// Takes in what another worker saw of a key of that id: there is one, and a copy of its event says the same.
    pub(crate) fn merge(&mut self, other: Issue) {
        self.issued = self.issued.min(other.issued);
        self.expires = self.expires.max(other.expires);
    }
}

/// For how many seconds the key of a call that issues some is good where it does not ask for more; `None` for other calls.
fn usual_seconds(operation: &[u8]) -> Option<u64> {
    match operation {
        b"AssumeRole" | b"AssumeRoleWithSAML" | b"AssumeRoleWithWebIdentity" => Some(3_600),
        b"GetSessionToken" | b"GetFederationToken" => Some(12 * 3_600),
        _ => None,
    }
}

/// What is known of the time for which the key of a call was good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Validity {
    /// When it was issued.
    pub(crate) issued: Option<Time>,
    /// When it ran out, at the latest.
    pub(crate) expires: Option<Time>,
    /// Whether the metadata service gave it out to whoever asked, without a token of its own (IMDSv1).
    pub(crate) is_unasked: bool,
}

impl Validity {
    /// What the call itself says.
    pub(crate) fn of(record: &Record<'_>) -> Validity {
        let Some(cloud) = record.cloud else { return Validity::default() };
        let KeyTimes { issued, delivery, .. } = key_times(record.raw);
        let is_of_role = cloud.principal.is_some_and(|who| memchr::memmem::find(who, b":assumed-role/").is_some());
        let seconds = if is_of_role { ROLE_SECONDS_MAX } else { SESSION_SECONDS_MAX };
        Validity { issued, expires: issued.map(|issued| later(issued, seconds)), is_unasked: delivery == Some(b"1.0") }
    }

    /// What is known where the log holds the issue of the key too.
    pub(crate) fn with(self, issue: Option<&Issue>) -> Validity {
        issue.map_or(self, |issue| Validity { issued: Some(issue.issued), expires: Some(issue.expires), ..self })
    }
}

fn later(time: Time, seconds: u64) -> Time {
    let nanos = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(SECOND_NANOS);
    Time(time.0.saturating_add(nanos))
}

#[cfg(test)]
mod tests {
    use accesslog::Cloud;

    use super::*;

    fn issue(operation: &str, event: &str, error: Option<&'static [u8]>) -> Option<Issue> {
        let cloud = Cloud { operation: Some(operation.as_bytes()), error, ..Cloud::default() };
        let record = Record { time: Some(Time(7)), cloud: Some(cloud), raw: event.as_bytes(), ..Record::default() };
        Issue::of(&record).map(|(_, issue)| issue)
    }

    #[test]
    fn the_call_that_asked_for_a_key_says_for_how_long_it_is_good() {
        let event = |seconds: &str| {
            format!(
                r#"{{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","requestParameters":{{{seconds}}},"responseElements":{{"credentials":{{"accessKeyId":"ASIAOTHER"}}}}}}"#
            )
        };
        let until = |issue: Option<Issue>| issue.map(|issue| (issue.expires.0 - issue.issued.0) / SECOND_NANOS);
        assert_eq!(until(issue("AssumeRole", &event(""), None)), Some(3_600));
        assert_eq!(until(issue("AssumeRole", &event(r#""durationSeconds":900"#), None)), Some(900));
        assert_eq!(until(issue("AssumeRole", &event(""), Some(b"AccessDenied"))), None);
        assert_eq!(until(issue("GetCallerIdentity", &event(""), None)), None);
    }

    #[test]
    fn a_session_says_when_its_keys_were_issued_and_its_kind_how_long_they_are_good_at_most() {
        let event = r#"{"eventSource":"s3.amazonaws.com","eventName":"GetObject","userIdentity":{"sessionContext":{"attributes":{"creationDate":"1970-01-01T00:00:00Z"},"ec2RoleDelivery":"1.0"}}}"#;
        let of = |principal: &'static [u8]| {
            let cloud = Cloud { principal: Some(principal), ..Cloud::default() };
            Validity::of(&Record { cloud: Some(cloud), raw: event.as_bytes(), ..Record::default() })
        };
        let role = of(b"arn:aws:sts::1:assumed-role/web/i-0abcdef12");
        assert_eq!((role.issued, role.is_unasked), (Some(Time(0)), true));
        assert_eq!(role.expires, Some(Time(12 * 3_600 * SECOND_NANOS)));
        assert_eq!(of(b"arn:aws:iam::1:user/ops").expires, Some(Time(36 * 3_600 * SECOND_NANOS)));
        let issue = Issue { issued: Time(5), expires: Time(9) };
        assert_eq!(role.with(Some(&issue)).expires, Some(Time(9)));
        assert_eq!(role.with(None), role);
    }
}

//! Instants in rows: the form of RFC 3339, in UTC.

use accesslog::Time;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

use crate::show::instant;

#[expect(clippy::ref_option, reason = "the signature that serde calls")]
pub(super) fn serialize<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.serialize_str(&instant(*time)),
        None => serializer.serialize_none(),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let timestamp: jiff::Timestamp = text.parse().map_err(D::Error::custom)?;
    i64::try_from(timestamp.as_nanosecond()).map(|nanos| Some(Time(nanos))).map_err(D::Error::custom)
}

//! What a call is for.
//!
//! Calls are thousands, and new ones come every week; what they are for stands in the first word of their names. Only
//! those that give out secrets, give access away, or blind the trail are known by name, from the vendor's lists of
//! actions ("Service Authorization Reference").

use serde::{Deserialize, Serialize};

use crate::finding::Stage;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Lists the objects of a bucket.
    List,
    /// Reads an object.
    Read,
    /// Asks what there is, or who one is.
    Look,
    /// Lists secrets.
    ListSecrets,
    /// Reads secrets.
    ReadSecrets,
    /// Makes a way back in: keys, users, roles.
    Persist,
    /// Blinds the trail.
    Blind,
    /// Gives data to somebody else, or opens a way to it.
    Share,
    /// Everything else.
    Other,
}

impl Kind {
    pub(crate) const COUNT: usize = 9;

    /// The kind of an operation, as S3's log or CloudTrail names it.
    pub(crate) fn of(operation: &[u8], raw: &[u8]) -> Kind {
        if let Some(rest) = operation.strip_prefix(b"REST.").or_else(|| operation.strip_prefix(b"SOAP.")) {
            return match rest {
                b"GET.OBJECT" | b"COPY.OBJECT_GET" | b"SELECT.OBJECT" => Kind::Read,
                b"GET.BUCKET" | b"GET.BUCKETVERSIONS" | b"GET.SERVICE" => Kind::List,
                _ if rest.starts_with(b"GET.") => Kind::Look,
                _ => Kind::Other,
            };
        }
        match operation {
            b"GetObject" | b"SelectObjectContent" | b"CopyObject" => Kind::Read,
            b"ListObjects" | b"ListObjectsV2" | b"ListObjectVersions" | b"ListBucket" => Kind::List,
            b"ListSecrets" | b"DescribeParameters" | b"GetParametersByPath" | b"ListSecretVersionIds" => {
                Kind::ListSecrets
            }
            b"GetSecretValue"
            | b"BatchGetSecretValue"
            | b"GetParameter"
            | b"GetParameters"
            | b"GetPasswordData"
            | b"GetParameterHistory"
            | b"GetAuthorizationToken" => Kind::ReadSecrets,
            b"CreateAccessKey"
            | b"CreateUser"
            | b"CreateLoginProfile"
            | b"UpdateLoginProfile"
            | b"CreateRole"
            | b"AttachUserPolicy"
            | b"AttachRolePolicy"
            | b"PutUserPolicy"
            | b"PutRolePolicy"
            | b"AddUserToGroup"
            | b"UpdateAssumeRolePolicy"
            | b"GetFederationToken"
            | b"GetSigninToken"
            | b"CreateTrustAnchor"
            | b"CreateProfile"
            | b"UpdateAccessKey"
            | b"CreateKeyPair"
            | b"ImportKeyPair" => Kind::Persist,
            b"StopLogging"
            | b"DeleteTrail"
            | b"UpdateTrail"
            | b"PutEventSelectors"
            | b"DeleteFlowLogs"
            | b"LeaveOrganization"
            | b"DeleteResolverQueryLogConfig"
            | b"DisassociateResolverQueryLogConfig"
            | b"DeleteDetector"
            | b"DeleteEventDataStore"
            | b"StopConfigurationRecorder" => Kind::Blind,
            b"ModifyImageAttribute"
            | b"ModifySnapshotAttribute"
            | b"ModifyDBSnapshotAttribute"
            | b"ModifyDBClusterSnapshotAttribute" => {
                if is_given_away(raw) {
                    Kind::Share
                } else {
                    Kind::Other
                }
            }
            // A network of zero bits is everybody.
            b"AuthorizeSecurityGroupIngress" if holds(raw, b"/0\"") => Kind::Share,
            _ if operation.starts_with(b"List") || operation.starts_with(b"Describe") => Kind::Look,
            b"GetCallerIdentity"
            | b"GetAccountAuthorizationDetails"
            | b"GetAccountSummary"
            | b"GetUser"
            | b"GetRole"
            | b"GetSendQuota"
            | b"GetAccountPasswordPolicy"
            | b"GetGroup"
            | b"GetPolicy"
            | b"GetUserPolicy" => Kind::Look,
            _ => Kind::Other,
        }
    }
}

fn holds(raw: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(raw, text).is_some()
}

/// Whether a call about who may use an image or snapshot names somebody to be added, not nobody.
fn is_given_away(raw: &[u8]) -> bool {
    /// How much behind the key is looked at, in bytes: `{"items":[{"userId":`, with blanks between.
    const NEAR: usize = 160;
    let behind = |key: &[u8]| {
        memchr::memmem::find(raw, key).map(|at| &raw[at + key.len()..raw.len().min(at + key.len() + NEAR)])
    };
    let names_somebody = |text: &[u8]| {
        let end = memchr::memchr(b'}', text).unwrap_or(text.len());
        [&b"userId"[..], b"group", b"organization", b"Arn"].iter().any(|word| holds(&text[..end], word))
    };
    let is_filled = |text: &[u8]| {
        let list = text.iter().position(|byte| *byte == b'[').map_or(&[][..], |at| &text[at + 1..]);
        list.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| *byte != b']')
    };
    behind(b"\"add\"").is_some_and(names_somebody) || behind(b"\"valuesToAdd\"").is_some_and(is_filled)
}

/// Which part of a story a call is, by what it is for and whether it was allowed.
pub(crate) fn stage_of(kind: Kind, is_allowed: bool) -> Stage {
    match kind {
        _ if !is_allowed => Stage::Use,
        Kind::Read | Kind::ReadSecrets | Kind::Share => Stage::Harvest,
        _ => Stage::Use,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_by_what_they_are_for() {
        let kind = |operation: &str| Kind::of(operation.as_bytes(), b"");
        assert_eq!(kind("REST.GET.OBJECT"), Kind::Read);
        assert_eq!(kind("REST.GET.BUCKET"), Kind::List);
        assert_eq!(kind("REST.GET.BUCKETVERSIONS"), Kind::List);
        assert_eq!(kind("REST.GET.ACL"), Kind::Look);
        assert_eq!(kind("REST.PUT.OBJECT"), Kind::Other);
        assert_eq!(kind("DescribeInstances"), Kind::Look);
        assert_eq!(kind("ListBuckets"), Kind::Look);
        assert_eq!(kind("GetSecretValue"), Kind::ReadSecrets);
        assert_eq!(kind("PutObject"), Kind::Other);
        assert_eq!(kind("StopLogging"), Kind::Blind);
    }

    #[test]
    fn a_snapshot_is_shared_only_if_somebody_is_named() {
        let kind = |raw: &str| Kind::of(b"ModifySnapshotAttribute", raw.as_bytes());
        assert_eq!(kind(r#"{"createVolumePermission":{"add":{"items":[{"userId":"1"}]}}}"#), Kind::Share);
        assert_eq!(kind(r#"{"createVolumePermission":{"add":{"items":[]}}}"#), Kind::Other);
        assert_eq!(kind(r#"{"valuesToAdd": ["all"]}"#), Kind::Share);
        assert_eq!(kind(r#"{"valuesToAdd": [], "valuesToRemove": ["all"]}"#), Kind::Other);
        assert_eq!(kind(r#"{"createVolumePermission":{"remove":{"items":[{"userId":"1"}]}}}"#), Kind::Other);
    }
}

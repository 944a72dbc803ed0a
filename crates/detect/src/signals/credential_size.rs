//! Replies of the size of a credential document.
//!
//! The documents that metadata services hand out have sizes of their own: the keys of a role are 254 bytes and a
//! token, whose length has grown over the years; wrapped or compressed they have a few others. A reply of such a size
//! counts for as much as it is rare on its route.

use crate::outcome::{Case, is_keys, is_list};
use crate::signal::{Role, Signal, Weight};

/// Sizes of credential documents, in bytes: as they are, in a JSON string, compressed, in base64.
const SIZES: [(u64, u64, &str); 6] = [
    (600, 690, "keys of a role, as of 2016"),
    (990, 1_090, "keys of a role, compressed, or an access token"),
    (1_270, 1_430, "keys of a role"),
    (1_440, 1_480, "keys of a role, escaped"),
    (1_560, 1_700, "keys of a role, as of 2024, or an access token"),
    (1_740, 1_810, "keys of a role, in base64"),
];

/// The longest name of a role, in bytes (AWS IAM, quotas), with a little around it.
const ROLE_BYTES_MAX: u64 = 64 + 8;

/// What document of keys has that size in bytes, if one has.
pub(crate) fn credential_document(bytes: u64) -> Option<&'static str> {
    SIZES.into_iter().find(|(low, high, _)| *low <= bytes && bytes <= *high).map(|(.., what)| what)
}

/// A reply of a telling size.
pub(crate) struct CredentialSize;

impl Signal for CredentialSize {
    fn name(&self) -> &'static str {
        "credential-size"
    }

    fn role(&self) -> Role {
        Role::Outcome
    }

    fn about(&self) -> &'static str {
        "The reply has the size of a credential document, or of a role's name."
    }

    fn twin(&self) -> &'static str {
        "An ordinary reply of that size: the signal counts for as much as such sizes are rare on the route."
    }

    fn needs(&self) -> accesslog::Fields {
        accesslog::Fields::BYTES
    }

    fn weigh(&self, case: &Case<'_>) -> Option<Weight> {
        let (_, bytes) = case.answer()?;
        let (low, high, what) = match (is_keys(case.evidence), is_list(case.evidence)) {
            (true, _) => SIZES.into_iter().find(|(low, high, _)| *low <= bytes && bytes <= *high)?,
            (_, true) if 0 < bytes && bytes <= ROLE_BYTES_MAX => (1, ROLE_BYTES_MAX, "the name of a role"),
            _ => return None,
        };
        let usual = case.usual();
        // The name of a role is as short as the answer that there is nothing; keys are not.
        if is_list(case.evidence) && usual.is_of_nothing(bytes) {
            return None;
        }
        let (total, alike) = (usual.total(), usual.between(low, high));
        // One in so many other answers has such a size: at least one more than there are.
        let one_in = ((total + 2) / (alike + 1)).max(2);
        let bits = (one_in.ilog2() as i32).min(7);
        Some(Weight {
            bits,
            seen: format!("{bytes} bytes, the size of {what}"),
            expected: format!("one of the sizes of this route: {alike} of {total} are alike"),
        })
    }
}

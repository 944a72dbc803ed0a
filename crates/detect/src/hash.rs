//! One hash for every key: portable, so that samples chosen by it are the same on every machine.

use rapidhash::v3::{RapidSecrets, rapidhash_v3_inline};

/// The seed of all hashes. A constant: the answer must be the same for whoever repeats the scan.
static SECRETS: RapidSecrets = RapidSecrets::seed(0x6b65_7974_7261_6365);

/// The hash of some bytes.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    rapidhash_v3_inline::<true, false, false>(bytes, &SECRETS)
}

/// The hash of two hashes, in order.
pub(crate) fn join(one: u64, other: u64) -> u64 {
    let product = u128::from(one ^ 0x9E37_79B9_7F4A_7C15) * u128::from(other ^ 0xD1B5_4A32_D192_ED03);
    let folded = product as u64 ^ (product >> 64) as u64;
    // A factor of zero would swallow the other.
    folded ^ one.rotate_left(25) ^ other.rotate_left(47)
}

/// One bit of 64, for sets of which only the rough size matters.
pub(crate) fn bit(hash: u64) -> u64 {
    1 << (hash >> 58)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_same_on_every_machine() {
        assert_eq!(hash(b"keytrace"), 10_610_442_790_552_148_197);
        assert_ne!(join(1, 2), join(2, 1));
        assert_ne!(join(0x9E37_79B9_7F4A_7C15, 2), join(0x9E37_79B9_7F4A_7C15, 3));
    }
}

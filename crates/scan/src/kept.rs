//! How paths are written down and read back: as they are, whether they are text or not.

use std::ffi::OsString;

/// A path.
pub(crate) mod path {
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(path: &Path, out: S) -> Result<S::Ok, S::Error> {
        path.as_os_str().as_encoded_bytes().serialize(out)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        Vec::deserialize(from).map(|bytes| PathBuf::from(super::os_string(bytes)))
    }
}

#[cfg(unix)]
fn os_string(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

#[cfg(not(unix))]
fn os_string(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// What workers share.
pub(crate) mod shared {
    use std::sync::{Arc, Mutex, PoisonError};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer, T: Serialize>(shared: &Arc<Mutex<T>>, out: S) -> Result<S::Ok, S::Error> {
        shared.lock().unwrap_or_else(PoisonError::into_inner).serialize(out)
    }

    pub(crate) fn deserialize<'de, D, T>(from: D) -> Result<Arc<Mutex<T>>, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        T::deserialize(from).map(|value| Arc::new(Mutex::new(value)))
    }
}

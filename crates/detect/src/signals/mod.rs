//! The signals, one file each; those that are counted over many requests share one.
//!
//! A new signal is a file here and its name in [`SIGNALS`]; help, reports and tables follow from the list.

mod backup_file;
mod callback_host;
mod configuration_file;
mod constant_answer;
mod counted;
mod credential_file;
mod credential_size;
mod debug_endpoint;
mod disguised_address;
mod files;
mod foreign_scheme;
mod hidden_file;
mod internal_address;
mod key_material;
mod layered_encoding;
mod live_parameter;
mod local_file;
mod log_file;
mod lookup_string;
mod metadata_service;
mod of_keys;
mod plausible_size;
mod reply_size;
mod reply_status;
mod repository;
mod role_echo;
mod secret_by_name;
mod secret_injection;
mod shared_answer;
mod stranger_url;

use crate::signal::Signal;

pub(crate) use credential_size::credential_document;
pub(crate) use key_material::key_ranges;
pub(crate) use role_echo::echoed_roles;
pub(crate) use secret_by_name::secret_word;
pub(crate) use secret_injection::OF_TEMPLATE;
pub(crate) use stranger_url::is_strange;

/// All signals: objectives first, the most telling before the less, then dress, then outcome.
pub const SIGNALS: &[&dyn Signal] = &[
    &metadata_service::MetadataService,
    &credential_file::CredentialFile,
    &secret_by_name::SecretByName,
    &secret_injection::SecretInjection,
    &lookup_string::LookupString,
    &local_file::LocalFile,
    &foreign_scheme::ForeignScheme,
    &internal_address::InternalAddress,
    &repository::Repository,
    &backup_file::BackupFile,
    &debug_endpoint::DebugEndpoint,
    &configuration_file::ConfigurationFile,
    &log_file::LogFile,
    &hidden_file::HiddenFile,
    &key_material::KeyMaterial,
    &callback_host::CallbackHost,
    &stranger_url::StrangerUrl,
    &counted::OBJECT_HARVEST,
    &counted::ODD_REPLY,
    &of_keys::KEY_USE,
    &of_keys::TELLING_DEED,
    &disguised_address::DisguisedAddress,
    &layered_encoding::LayeredEncoding,
    &counted::BORROWED_AGENT,
    &counted::WALK_LENGTH,
    &counted::WALK_ORDER,
    &counted::WALK_MISSES,
    &counted::NARROW_CLIENT,
    &counted::ORPHAN_FETCH,
    &counted::CROSSED_OWNERS,
    &counted::TURNED_HABIT,
    &counted::LONE_HOST,
    &counted::LONE_CHOICE,
    &counted::OTHERS_VALUES,
    &counted::LIST_BEFORE,
    &counted::REPLY_RENEWAL,
    &counted::FAILURES_BEFORE,
    &counted::PERSONAL_DATA,
    &of_keys::FOREIGN_NETWORK,
    &of_keys::MACHINE_KEY_OUTSIDE,
    &of_keys::NETWORK_OF_OTHERS,
    &of_keys::ATTACK_TOOL,
    &of_keys::FOREIGN_TOOL,
    &of_keys::FOREIGN_CALLS,
    &of_keys::REFUSED_CALLS,
    &of_keys::LIST_THEN_READ,
    &of_keys::FOREIGN_PREFIXES,
    &of_keys::FOREIGN_VOLUME,
    &of_keys::FOREIGN_REGION,
    &of_keys::KEY_IN_TWO_PLACES,
    &of_keys::WAY_BACK,
    &reply_status::ReplyStatus,
    &reply_size::ReplySize,
    &shared_answer::SharedAnswer,
    &constant_answer::ConstantAnswer,
    &live_parameter::LiveParameter,
    &plausible_size::PlausibleSize,
    &credential_size::CredentialSize,
    &role_echo::RoleEcho,
    &of_keys::KEY_USED_AFTER,
];

const _: () = assert!(SIGNALS.len() <= u8::MAX as usize, "a signal is known by its place in a byte");

/// The place of a signal in [`SIGNALS`], by its name.
pub(crate) fn place_of(name: &str) -> u8 {
    let place = SIGNALS.iter().position(|signal| signal.name() == name);
    place.expect("only names of the list are asked for") as u8
}

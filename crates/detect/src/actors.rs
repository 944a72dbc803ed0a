//! Who acted in an incident, as a trace follows them.
//!
//! A client has an address; a thief with a key has as many as there are, and the next session of a role has another key. So
//! beside the clients go the roles and keys that an incident names, from wherever they are used: the owner's own use
//! of them is taken in too, since nothing here judges.

use std::collections::BTreeSet;

use accesslog::Record;

use crate::keys;

/// Who acted in an incident: its clients, and with the keys of a cloud whoever spoke for its roles, from wherever. Text of a
/// log, in which a star is a star.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actors {
    /// Clients.
    clients: BTreeSet<Vec<u8>>,
    /// Roles, whatever their sessions, and users.
    roles: BTreeSet<Vec<u8>>,
    /// Ids of access keys.
    keys: BTreeSet<Vec<u8>>,
}

impl Actors {
    /// These clients.
    pub fn of(clients: impl IntoIterator<Item = Vec<u8>>) -> Actors {
        Actors { clients: clients.into_iter().collect(), ..Actors::default() }
    }

    /// Takes in who made a call: in whichever session the role that the principal names, and the key.
    pub fn add_call(&mut self, principal: Option<&[u8]>, key: Option<&[u8]>) {
        self.roles.extend(principal.and_then(keys::role_of).map(<[u8]>::to_vec));
        self.keys.extend(key.map(<[u8]>::to_vec));
    }

    /// Whether a role or a key is among them.
    pub fn has_roles(&self) -> bool {
        !self.roles.is_empty() || !self.keys.is_empty()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.clients.is_empty() && !self.has_roles()
    }

    pub(crate) fn hold(&self, record: &Record<'_>) -> bool {
        if self.clients.contains(&*record.escape.undo(record.client.unwrap_or_default())) {
            return true;
        }
        let Some(cloud) = record.cloud.filter(|_| self.has_roles()) else { return false };
        let principal = cloud.principal.map(|principal| record.escape.undo(principal));
        let role = principal.as_deref().and_then(keys::role_of);
        let key = cloud.access_key_id.map(|key| record.escape.undo(key));
        role.is_some_and(|role| self.roles.contains(role)) || key.is_some_and(|key| self.keys.contains(&*key))
    }
}

#[cfg(test)]
mod tests {
    use accesslog::Cloud;

    use super::*;

    #[test]
    fn a_role_is_followed_in_all_its_sessions_and_a_key_wherever_it_is_used() {
        let mut actors = Actors::default();
        actors.add_call(Some(b"arn:aws:sts::1:assumed-role/web/i-0abcdef12"), Some(b"ASIAONE"));
        let asks = |client: &'static str, principal: &'static str, key: &'static str| {
            let (principal, access_key_id) = (Some(principal.as_bytes()), Some(key.as_bytes()));
            let cloud = Some(Cloud { principal, access_key_id, ..Cloud::default() });
            actors.hold(&Record { client: Some(client.as_bytes()), cloud, ..Record::default() })
        };
        assert!(asks("192.0.2.1", "arn:aws:sts::1:assumed-role/web/i-0fffffff1", "ASIATWO"), "another session");
        assert!(asks("192.0.2.1", "AROAX:i-0fffffff1", "ASIAONE"), "the key, the role spelt otherwise");
        assert!(!asks("192.0.2.1", "arn:aws:sts::1:assumed-role/backup/i-0abcdef12", "ASIATWO"));
        assert!(!asks("192.0.2.1", "arn:aws:sts::2:assumed-role/web/i-0abcdef12", "ASIATWO"), "of another account");
        assert!(!actors.hold(&Record { client: Some(b"192.0.2.1"), ..Record::default() }));
    }
}

//! Addresses spelt as nobody spells them.

use crate::catalog::Grade;
use crate::host::Reach;
use crate::request::Request;
use crate::signal::{Evidence, Role, Signal, Way};

/// An internal address in another spelling than the plain one.
pub(crate) struct DisguisedAddress;

impl Signal for DisguisedAddress {
    fn name(&self) -> &'static str {
        "disguised-address"
    }

    fn role(&self) -> Role {
        Role::Dress
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1027")
    }

    fn about(&self) -> &'static str {
        "Spells an internal address so that a filter does not know it: in decimal, octal or hexadecimal, as IPv6, or in a name that resolves to it."
    }

    fn twin(&self) -> &'static str {
        "Addresses in IPv6 are spelt in several ways by honest programs; they are seldom internal."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        for place in request.places.iter().filter(|place| Reach::InternalName < place.host.reach) {
            let part = &request.parts[place.part];
            if let Some(plain) = &place.host.plain {
                let seen = format!("{} = {plain}", place.written.escape_ascii());
                out.push(Evidence::new(
                    Grade::Fair,
                    Way::Fetch,
                    part,
                    &part.readings[place.reading].trail,
                    seen.as_bytes(),
                    place.host.reach.words(),
                ));
            }
        }
    }
}

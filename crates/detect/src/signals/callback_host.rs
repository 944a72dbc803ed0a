//! Hosts that report who calls them.
//!
//! A tester, or an attacker, who does not see the answer of a fetch names a host of his own and waits for the call.
//! That it came is not in this log; that it was tried is.

use crate::catalog::Grade;
use crate::host::Reach;
use crate::request::Request;
use crate::signal::{Evidence, Role, Signal, Way};

/// A host of an out-of-band interaction service.
pub(crate) struct CallbackHost;

impl Signal for CallbackHost {
    fn name(&self) -> &'static str {
        "callback-host"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1190")
    }

    fn about(&self) -> &'static str {
        "Names a host that reports who calls it: a test whether the server can be made to fetch from anywhere."
    }

    fn twin(&self) -> &'static str {
        "Scanners under contract send the same hosts."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        for place in request.places.iter().filter(|place| place.host.reach == Reach::Callback) {
            let part = &request.parts[place.part];
            let what = place.host.known_as.unwrap_or("a host that reports who calls it");
            out.push(Evidence::new(
                Grade::Likely,
                Way::Callout,
                part,
                &part.readings[place.reading].trail,
                &place.written,
                what,
            ));
        }
    }
}

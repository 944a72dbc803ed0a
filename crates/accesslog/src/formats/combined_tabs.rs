//! The common and the combined format with tabs where theirs have blanks, as people set nginx and Apache to write them.
//!
//! What is divided by tabs needs no quotes, and may have them. Neither server writes a tab that a client sent as it is: nginx has `\x09`,
//! Apache `\t`. What stands behind the agent is left alone.

use crate::address::is_address;
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `client TAB ident TAB user TAB [time] TAB "request" TAB status TAB bytes`, with a referer and an agent or without.
pub(crate) static COMBINED_TABS: Laid = Laid::new(Plan {
    name: "combined_tabs",
    aliases: &[],
    about: "Common or combined format divided by tabs",
    example: "192.0.2.7\t-\t-\t[01/May/2024:00:02:15 +0000]\t\"GET /a?b=1 HTTP/1.1\"\t200\t2326\t\"-\"\t\"Mozilla/5.0\"",
    layouts: || {
        let layouts = ["[$time_local]", "$time_local", "$time_iso8601"].into_iter().flat_map(|time| {
            ["\"", ""].into_iter().flat_map(move |quote| {
                let head = format!(r"$remote_addr\t$_word\t$remote_user\t{time}\t");
                let common = format!(r"{head}{quote}$request{quote}\t$status\t$body_bytes_sent");
                let combined = format!(r"{common}\t{quote}$http_referer{quote}\t{quote}$http_user_agent{quote}");
                [format!(r"{combined}\t$_more"), combined, common]
            })
        });
        Layouts::of(Dialect::Nginx, layouts.collect::<Vec<_>>())
    },
    mend: |record, _| {
        let values = [record.user, record.request, record.referer, record.agent];
        let is_one = values.into_iter().flatten().all(|value| !value.contains(&b'\t'));
        if is_one && record.client.is_some_and(is_address) && record.time.is_some() && record.request.is_some() {
            Ok(())
        } else {
            Err("the address of a client, a time and a request, tabs between")
        }
    },
    holds: b"\t",
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn what_is_divided_by_tabs_needs_no_quotes() {
        let example = COMBINED_TABS.example();
        for (line, agent) in [
            (example.to_owned(), Some(&b"Mozilla/5.0"[..])),
            (example.replace('"', ""), Some(&b"Mozilla/5.0"[..])),
            (example.replace("[01/May/2024:00:02:15 +0000]", "2024-05-01T00:02:15+00:00"), Some(&b"Mozilla/5.0"[..])),
            (format!("{example}\t\"198.51.100.4\"\t0.012"), Some(&b"Mozilla/5.0"[..])),
            (example.split("\t\"-\"").next().unwrap().to_owned(), None),
        ] {
            let record = COMBINED_TABS.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.agent), (Some(&b"192.0.2.7"[..]), agent), "{line}");
            assert_eq!((record.target, record.status, record.bytes), (Some(&b"/a?b=1"[..]), Some(200), Some(2326)));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
    }

    #[test]
    fn a_tab_in_a_value_is_none() {
        let example = COMBINED_TABS.example();
        for (of, by) in
            [("/a?b=1", "/a\" \t404"), ("192.0.2.7", "nobody"), ("\t200\t", " 200 "), ("01/May/2024", "May")]
        {
            let line = example.replacen(of, by, 1);
            assert!(COMBINED_TABS.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}

//! What keytrace promises, tried on the whole program.
//!
//! One binary, so that it is built once. `laws` tries what must hold for every log, `command` the program as its user
//! meets it, `faults` broken and enormous input, `hostile` what strangers write into logs, `samples` the stories of
//! `samples/`, `forms` every form of report by its standard, `browser` the page in a browser, `buried` thefts under floods of decoys and such as grow slowly, `changes` what is new since
//! another report, `redact` that no person is left in any form, `formats` a quiet log and a theft in every format, `parsers`
//! what single lines hold, field by field, `wrapped` lines as collectors hand them on, `settings` what a user allows and says of the data, `audit` what is said of logs
//! themselves, `content` who is in the objects that left, `trace` what is asked of them by hand, `containment` what is said of the time since an incident, `draft`
//! what a regulator is told, `routes` which routes a service has, `proof` that a report can be checked, `worlds` services that
//! never were and what is stolen from them, `clouds` accounts that never were, `corpora` larger labelled logs where they
//! are at hand,
//! `ablated` what the signals of outcomes decide, `trials` some of these with as many cases as there is time for, `oracles` what must hold of any bytes, `differential` what others read, `tidy` the style that matters. `logs` makes logs up, `program` runs the command.
//!
//! What is written down of the program's output (the samples' reports, the tables of the README) is renewed by running
//! the tests with `KEYTRACE_BLESS=1`; what it must say is asserted in code beside it, so a renewed file hides nothing.

#[cfg(feature = "ablation")]
mod ablated;
mod audit;
mod browser;
mod buried;
mod changes;
mod clouds;
mod command;
mod containment;
mod content;
mod corpora;
mod differential;
mod draft;
mod fault_table;
mod faults;
mod formats;
mod forms;
mod hostile;
mod laws;
mod logs;
mod memory;
mod oracles;
mod parsers;
mod program;
mod proof;
mod redact;
mod routes;
mod samples;
mod settings;
mod tidy;
mod trace;
mod trials;
mod validity;
mod worlds;
mod wrapped;

//! InfluxDB's HTTP log: the combined format behind a word in brackets, then an id and the microseconds.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `[httpd] ...`, also behind the time of Go's log, as versions before 1.0 write it.
pub(crate) static INFLUXDB_HTTPD: Laid = Laid::new(Plan {
    name: "influxdb_httpd",
    aliases: &["influxdb"],
    about: "InfluxDB 1.x HTTP log",
    example: r#"[httpd] 192.0.2.7 - - [14/Jun/2016:11:33:29 +0100] "POST /write?db=a HTTP/1.1" 204 0 "-" "InfluxDBClient" 6f61bc44-321b-11e6-8050-000000000000 2513"#,
    layouts: || {
        let layout = r#"[httpd] %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %L %D"#;
        // A user may hold blanks, so the layout with more words goes first.
        let dated = layout.replace("[httpd]", "[httpd] %{logged_date}x %{logged_time}x");
        Layouts::of(Dialect::Apache, [dated, layout.to_owned()])
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn an_id_and_microseconds_end_the_line() {
        let example = INFLUXDB_HTTPD.example();
        for line in [example.to_owned(), example.replace("[httpd]", "[httpd] 2016/06/14 11:33:29")] {
            let record = INFLUXDB_HTTPD.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.duration), (Some(&b"192.0.2.7"[..]), Some(2_513_000)), "{line}");
        }
        assert!(INFLUXDB_HTTPD.parse(example.replace("[httpd] ", "").as_bytes()).is_err());
    }
}

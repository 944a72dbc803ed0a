//! The formats, one file each.
//!
//! A new format is a file here and its name in [`FORMATS`]: recognition, help and tables follow from the list.

mod apache_ssl_request;
mod bare_pieces;
mod bitbucket_access;
mod cf_cloud_controller;
mod cf_gorouter;
mod citrix_netscaler_access;
mod combined;
mod combined_extended;
mod common;
mod cpanel_access;
mod envoy_text;
mod gandi_combined;
mod given_layouts;
mod gunicorn;
mod influxdb_httpd;
mod ingress_nginx;
mod json;
mod lighttpd_combined;
mod ncsa_jetty;
mod nginx_proxy_manager;
mod npmplus;
mod python_http_server;
mod s3;
mod squid_combined;
mod squid_native;
mod tomcat_access;
mod traefik_clf;
mod uvicorn;
mod uwsgi;
mod varnishncsa;
mod vhost_combined;

use crate::Format;

pub(crate) use nginx_proxy_manager::is_one as is_of_proxy_manager;

/// All formats. Of two that read a file equally well the first listed is taken, so the strict come first.
pub static FORMATS: &[&dyn Format] = &[
    &combined::Combined,
    &common::Common,
    &traefik_clf::TRAEFIK_CLF,
    &ingress_nginx::INGRESS_NGINX,
    &squid_combined::SQUID_COMBINED,
    &ncsa_jetty::NCSA_JETTY,
    &cf_cloud_controller::CF_CLOUD_CONTROLLER,
    &influxdb_httpd::INFLUXDB_HTTPD,
    &combined_extended::CombinedExtended,
    &vhost_combined::VhostCombined,
    &gandi_combined::GANDI_COMBINED,
    &citrix_netscaler_access::CITRIX_NETSCALER_ACCESS,
    &cpanel_access::CPANEL_ACCESS,
    &apache_ssl_request::APACHE_SSL_REQUEST,
    &npmplus::NPMPLUS,
    &nginx_proxy_manager::NGINX_PROXY_MANAGER,
    &cf_gorouter::CF_GOROUTER,
    &squid_native::SQUID_NATIVE,
    &envoy_text::ENVOY_TEXT,
    &tomcat_access::ATLASSIAN_ACCESS,
    &bitbucket_access::BITBUCKET_ACCESS,
    &uvicorn::UVICORN,
    &uwsgi::UWSGI,
    &python_http_server::PYTHON_HTTP_SERVER,
    &tomcat_access::TOMCAT_ACCESS,
    &lighttpd_combined::LIGHTTPD_COMBINED,
    &gunicorn::GUNICORN,
    &varnishncsa::VARNISHNCSA,
    &given_layouts::NGINX_LOG_FORMAT,
    &given_layouts::APACHE_LOGFORMAT,
    &bare_pieces::RequestLine,
    &bare_pieces::ClfTimestamp,
    &bare_pieces::AzureTimestamp,
    &json::Json,
    &s3::S3,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_reads_its_own_example() {
        for format in FORMATS {
            let record = format.parse(format.example().as_bytes());
            assert!(matches!(record, Ok(Some(_))), "{}: {record:?}", format.name());
        }
    }
}

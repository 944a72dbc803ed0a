//! The formats, one file each.
//!
//! A new format is a file here and its name in [`FORMATS`]: recognition, help and tables follow from the list.

mod aws_apigateway;
mod aws_cloudfront_json;
mod aws_cloudtrail;
mod aws_waf;
mod azure_appgw;
mod azure_frontdoor;
mod caddy_json;
mod cloudflare_logpush;
mod combined;
mod combined_extended;
mod common;
mod envoy_json;
mod fastly_json;
mod gcp_http_lb;
mod heroku_router;
mod json;
mod json_map;
mod ltsv;
mod nginx_json;
mod s3;
mod traefik_json;
mod vhost_combined;

use crate::Format;

pub use json_map::{JsonMapError, json_map};

/// All formats. Of two that read a file equally well the first listed is taken, so the strict come first.
pub const FORMATS: &[&dyn Format] = &[
    &combined::Combined,
    &combined_extended::CombinedExtended,
    &common::Common,
    &vhost_combined::VhostCombined,
    &aws_apigateway::AwsApigateway,
    &heroku_router::HerokuRouter,
    &ltsv::Ltsv,
    &caddy_json::CADDY_JSON,
    &traefik_json::TRAEFIK_JSON,
    &envoy_json::ENVOY_JSON,
    &aws_cloudtrail::AwsCloudtrail,
    &aws_waf::AWS_WAF,
    &aws_cloudfront_json::AWS_CLOUDFRONT_JSON,
    &gcp_http_lb::GCP_HTTP_LB,
    &azure_appgw::AZURE_APPGW,
    &azure_frontdoor::AZURE_FRONTDOOR,
    &cloudflare_logpush::CLOUDFLARE_LOGPUSH,
    &fastly_json::FASTLY_JSON,
    &nginx_json::NGINX_JSON,
    &json::JSON,
    &s3::S3,
];

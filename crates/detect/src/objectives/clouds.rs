//! Metadata services, and the services inside a network that hand out keys.

use super::{is_innocent, is_seen, is_seen_by};

#[test]
fn the_services_of_every_cloud_are_known() {
    is_seen_by(
        "metadata-service",
        &[
            // AWS
            "/p?u=http://169.254.169.254/latest/meta-data/iam/security-credentials/web",
            "/p?u=http://169.254.169.254/2021-07-15/meta-data/iam/security-credentials/",
            "/p?u=http://[fd00:ec2::254]/latest/user-data",
            "/p?u=http://[fd00:0ec2:0000::0254]/latest/",
            "/p?u=http://169.254.169.254/latest/api/token",
            "/p?u=http://instance-data/latest/dynamic/instance-identity/document",
            "/p?u=http://169.254.170.2/v2/credentials/f0c9b7d2-5c51-4f0e-9d3c-0a9a0f5f2a11",
            "/p?u=http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "/p?u=http://169.254.170.23/v1/credentials",
            "/p?u=http://[fd00:ec2::23]/v1/credentials",
            "/p?u=http://localhost:9001/2018-06-01/runtime/invocation/next",
            "/p?u=http://127.0.0.1:9001/2018-06-01/runtime/init/error",
            // Google
            "/p?u=http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token",
            "/p?u=http://metadata.goog/computeMetadata/v1/",
            "/p?u=http://metadata/computeMetadata/v1beta1/instance/attributes/?recursive=true%26alt=json",
            "/p?u=http://[fd20:ce::254]/computeMetadata/v1/",
            "/p?path=/computeMetadata/v1/instance/service-accounts/default/identity",
            // Azure
            "/p?u=http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01%26resource=https://management.azure.com/",
            "/p?u=http://169.254.169.254/metadata/instance?api-version=2021-02-01",
            "/p?u=http://168.63.129.16/machine?comp=goalstate",
            "/p?u=http://168.63.129.16:32526/vmSettings",
            "/p?u=http://127.0.0.1:41056/MSI/token?resource=https://vault.azure.net",
            "/p?u=http://169.254.129.2:8081/msi/token?resource=https://vault.azure.net%26api-version=2019-08-01",
            "/p?u=http://localhost:40342/metadata/identity/oauth2/token",
            // Others
            "/p?u=http://100.100.100.200/latest/meta-data/ram/security-credentials/",
            "/p?u=http://1684300232/latest/meta-data/ram/security-credentials/",
            "/p?u=http://169.254.169.254/opc/v2/instance/",
            "/p?u=http://169.254.169.254/opc/v2/identity/cert.pem",
            "/p?u=http://192.0.0.192/latest/user-data/",
            "/p?u=http://169.254.169.254/metadata/v1.json",
            "/p?u=http://169.254.169.254/hetzner/v1/userdata",
            "/p?u=http://169.254.169.254/openstack/latest/user_data",
            "/p?u=http://169.254.169.254/openstack/2018-08-27/meta_data.json",
            "/p?u=https://metadata.platformequinix.com/metadata",
            "/p?u=https://metadata.packet.net/userdata",
            "/p?u=http://metadata.tencentyun.com/latest/meta-data/cam/security-credentials/",
            "/p?u=http://169.254.0.23/latest/meta-data/",
            "/p?u=http://169.254.169.254/openstack/latest/securitykey",
            "/p?u=http://169.254.169.254/v1/user-data",
            "/p?u=http://169.254.42.42/conf?format=json",
            "/p?u=http://[fd00:42::42]/user_data",
            "/p?u=http://metadata.vultr.com/v1.json",
            "/p?u=http://169.254.169.254/v1.json",
            "/p?u=http://169.254.169.254/linode/v1",
            "/p?u=http://metadata.nifcloud.internal/",
            "/p?u=http://rancher-metadata/latest/self/container",
            // A header or the target itself names it.
            "http://169.254.169.254/latest/meta-data/",
            "/latest/meta-data/iam/security-credentials/",
            "/computeMetadata/v1/project/attributes/ssh-keys?alt=json",
        ],
    );
}

#[test]
fn services_inside_are_known_by_where_they_stand() {
    is_seen(&[
        "/p?u=https://kubernetes.default.svc/api/v1/namespaces/default/secrets",
        "/p?u=https://10.96.0.1/api/v1/secrets",
        "/p?u=https://10.0.0.4:10250/pods",
        "/p?u=http://10.0.0.4:10255/metrics",
        "/p?u=http://127.0.0.1:2379/v2/keys/?recursive=true",
        "/p?u=http://consul.service.consul:8500/v1/kv/?recurse",
        "/p?u=http://127.0.0.1:8500/v1/agent/self",
        "/p?u=http://vault:8200/v1/secret/data/app",
        "/p?u=http://127.0.0.1:2375/containers/json",
        "/p?u=unix:///var/run/docker.sock",
        "/p?u=http+unix://%2Fvar%2Frun%2Fdocker.sock/containers/json",
        "/p?u=http://elasticsearch:9200/_search",
        "/p?u=http://db.internal:5984/_all_dbs",
        "/p?u=redis://cache:6379/",
        "/p?u=http://intranet/",
        "/p?u=http://jenkins.corp/script",
        "/p?u=http://printer.lan/",
        "/p?u=http://app.default.svc.cluster.local/actuator/env",
        "/api/v1/namespaces/kube-system/secrets",
        "/v1/kv/app?recurse=true",
        "/v1/secret/data/app",
        "/v2/keys/?recursive=true",
        "/containers/json?all=1",
    ]);
}

#[test]
fn pages_about_them_and_words_like_theirs_are_innocent() {
    is_innocent(&[
        "/blog/aws-instance-metadata-service-explained",
        "/docs/latest/user-guide",
        "/docs/compute-metadata",
        "/metadata",
        "/metadata/v2/products.json",
        "/latest/news",
        "/api/v1/credentials-policy",
        "/api/v1/pods/reviews/airpods",
        "/products/env-heater",
        "/hetzner-vs-ovh",
        "/opc/v3/price-list",
        "/openstack-hosting",
        "/kubernetes/secrets-of-success",
        "/search?q=kubernetes+secrets",
        "/search?q=169.254.1.1+address",
        "/consul/visa",
        "/vault/wines",
        "/p?img=https://images.example/latest/dog.jpg",
    ]);
}

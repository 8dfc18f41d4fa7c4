//! The place that a request is sent to.

/// The Region of requests to hosts that name none, as those of IAM are.
const DEFAULT_REGION: &str = "us-east-1";

/// Returns the Region in a URI's host name `SERVICE.REGION.amazonaws.com`, or `us-east-1` if the
/// host name has another form.
pub fn extract_region_from_uri(uri: &str) -> String {
    region(uri).unwrap_or(DEFAULT_REGION).to_owned()
}

fn region(uri: &str) -> Option<&str> {
    let (_scheme, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.split(':').next()?;
    let (_service, region) = host.strip_suffix(".amazonaws.com")?.rsplit_once('.')?;
    Some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_stands_before_the_suffix() {
        for (uri, region) in [
            ("https://kms.eu-west-1.amazonaws.com/", "eu-west-1"),
            (
                "https://sns.ap-northeast-1.amazonaws.com:443/?a=b.c",
                "ap-northeast-1",
            ),
            (
                "https://logs.us-gov-west-1.amazonaws.com?a",
                "us-gov-west-1",
            ),
            ("https://iam.amazonaws.com/", "us-east-1"),
            ("https://127.0.0.1:4566/", "us-east-1"),
            ("/", "us-east-1"),
        ] {
            assert_eq!(extract_region_from_uri(uri), region, "{uri}");
        }
    }
}

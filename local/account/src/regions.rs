//! AWS's Regions, to which the Regions of requests are restricted.
//!
//! The state of a Region is created on first use. Unknown names are refused, so that a client
//! cannot fill the memory by inventing names.

use local_wire::Fault;

/// The Regions of all public partitions.
const REGIONS: [&str; 46] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-isoe-west-1",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Reports whether AWS has a Region.
pub(crate) fn is_known(region: &str) -> bool {
    REGIONS.contains(&region)
}

/// Refuses a Region that AWS does not have.
pub(crate) fn check(region: &str) -> Result<(), Fault> {
    if is_known(region) {
        return Ok(());
    }
    // A name may be as long as a header.
    let shown: String = region.chars().take(40).collect();
    Err(Fault::new(
        403,
        "SignatureDoesNotMatch",
        format!(
            "Credential should be scoped to a valid region, not '{shown}'. The local account has \
             AWS's Regions, such as eu-central-1."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regions_of_aws_are_accepted() {
        for region in ["ap-northeast-1", "us-gov-west-1", "eu-central-2"] {
            assert!(check(region).is_ok(), "{region}");
        }
        for region in [
            "",
            "tokyo",
            "ap-northeast-9",
            "AP-NORTHEAST-1",
            "us-east-1 ",
            "zz-none-1",
        ] {
            assert_eq!(
                check(region).unwrap_err().code,
                "SignatureDoesNotMatch",
                "{region}"
            );
        }
        let long = check(&"a".repeat(100_000)).unwrap_err();
        assert!(long.message.len() < 300);
    }
}

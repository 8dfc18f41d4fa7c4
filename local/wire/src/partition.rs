//! AWS's partitions: groups of Regions, each with names of its own in ARNs and host names.
//!
//! The Regions and names are those of `partitions.json`, which AWS's SDKs share:
//! <https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json>.

/// The partition of all Regions that no prefix below names.
const COMMERCIAL: Partition = Partition {
    region_prefix: "",
    name: "aws",
    dns_suffix: "amazonaws.com",
};

const OTHERS: [Partition; 7] = [
    Partition {
        region_prefix: "cn-",
        name: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
    },
    Partition {
        region_prefix: "us-gov-",
        name: "aws-us-gov",
        dns_suffix: "amazonaws.com",
    },
    Partition {
        region_prefix: "us-iso-",
        name: "aws-iso",
        dns_suffix: "c2s.ic.gov",
    },
    Partition {
        region_prefix: "us-isob-",
        name: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
    },
    Partition {
        region_prefix: "eu-isoe-",
        name: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
    },
    Partition {
        region_prefix: "us-isof-",
        name: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
    },
    Partition {
        region_prefix: "eusc-",
        name: "aws-eusc",
        dns_suffix: "amazonaws.eu",
    },
];

struct Partition {
    region_prefix: &'static str,
    name: &'static str,
    dns_suffix: &'static str,
}

impl Partition {
    fn of(region: &str) -> &'static Self {
        OTHERS
            .iter()
            .find(|partition| region.starts_with(partition.region_prefix))
            .unwrap_or(&COMMERCIAL)
    }
}

/// Returns the partition of a Region, which is the second part of the ARNs there.
pub fn partition(region: &str) -> &'static str {
    Partition::of(region).name
}

/// Returns the suffix of AWS's host names in a Region.
///
/// The names of service principals, such as `lambda.amazonaws.com`, have the same suffix in all
/// partitions.
pub fn dns_suffix(region: &str) -> &'static str {
    Partition::of(region).dns_suffix
}

/// Returns the partition that an ARN names; `aws` for a text that names none of AWS's.
pub fn partition_of_arn(arn: &str) -> &'static str {
    let named = arn
        .strip_prefix("arn:")
        .and_then(|rest| rest.split(':').next());
    OTHERS
        .iter()
        .find(|partition| Some(partition.name) == named)
        .unwrap_or(&COMMERCIAL)
        .name
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From partitions.json of botocore 1.44.8: all Regions outside of `aws`, and some of it.
    const REGIONS: [(&str, &str, &str); 17] = [
        ("us-east-1", "aws", "amazonaws.com"),
        ("ap-northeast-1", "aws", "amazonaws.com"),
        ("eu-west-1", "aws", "amazonaws.com"),
        ("il-central-1", "aws", "amazonaws.com"),
        ("mx-central-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("cn-northwest-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-east-1", "aws-us-gov", "amazonaws.com"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("us-iso-west-1", "aws-iso", "c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
        ("us-isob-west-1", "aws-iso-b", "sc2s.sgov.gov"),
        ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
        ("us-isof-east-1", "aws-iso-f", "csp.hci.ic.gov"),
        ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
    ];

    #[test]
    fn a_region_has_the_partition_and_the_suffix_of_partitions_json() {
        for (region, name, suffix) in REGIONS {
            assert_eq!(partition(region), name, "{region}");
            assert_eq!(dns_suffix(region), suffix, "{region}");
        }
    }

    #[test]
    fn an_arn_names_its_partition() {
        for (region, name, _) in REGIONS {
            let arn = format!("arn:{name}:lambda:{region}:123456789012:function:line");
            assert_eq!(partition_of_arn(&arn), name);
        }
        for text in [
            "",
            "line",
            "arn:",
            "arn:aws-",
            "arn:aws-moon:iam::1:role/a",
            "aws-cn:",
        ] {
            assert_eq!(partition_of_arn(text), "aws", "{text}");
        }
    }
}

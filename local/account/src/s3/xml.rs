//! Writes S3's XML responses.

use local_wire::xml::{element, escaped};
use local_wire::{Answer, Fault};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::store::{Bucket, Versioning};

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Returns a document as a response.
pub(super) fn answer(document: &str) -> Answer {
    let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{document}");
    Answer::content("application/xml", document)
}

/// Writes the response of ListBuckets.
pub(super) fn buckets<'a>(buckets: impl Iterator<Item = (&'a String, &'a Bucket)>) -> String {
    let list: String = buckets
        .map(|(name, bucket)| {
            format!(
                "<Bucket>{}{}{}</Bucket>",
                element("Name", name),
                element("CreationDate", &date(bucket.created)),
                element("BucketRegion", &bucket.region),
            )
        })
        .collect();
    document(
        "ListAllMyBucketsResult",
        &format!("<Buckets>{list}</Buckets>"),
    )
}

/// Writes the response of GetBucketLocation, in which the oldest Region has no name.
pub(super) fn location(region: &str) -> String {
    let name = if region == "us-east-1" { "" } else { region };
    document("LocationConstraint", &escaped(name))
}

/// Writes the response of GetBucketVersioning.
pub(super) fn versioning(status: Option<Versioning>) -> String {
    let status = match status {
        None => String::new(),
        Some(Versioning::Enabled) => element("Status", "Enabled"),
        Some(Versioning::Suspended) => element("Status", "Suspended"),
    };
    document("VersioningConfiguration", &status)
}

/// Reads the status that a PutBucketVersioning request sets.
pub(super) fn read_versioning(body: &[u8]) -> Result<Versioning, Fault> {
    let body = String::from_utf8_lossy(body);
    let status = body
        .split_once("<Status>")
        .and_then(|(_, rest)| rest.split_once("</Status>"))
        .map(|(status, _)| status.trim());
    match status {
        Some("Enabled") => Ok(Versioning::Enabled),
        Some("Suspended") => Ok(Versioning::Suspended),
        _ => Err(Fault::new(
            400,
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published \
             schema",
        )),
    }
}

/// Writes the response of ListObjectsV2: the latest version of every key, all on one page.
pub(super) fn objects(name: &str, prefix: &str, bucket: &Bucket) -> String {
    let mut list = String::new();
    let mut count = 0;
    for (key, versions) in &bucket.objects {
        let latest = versions.last().filter(|_| key.starts_with(prefix));
        if let Some(version) = latest
            && let Some(object) = &version.object
        {
            count += 1;
            list.push_str(&format!(
                "<Contents>{}{}{}{}</Contents>",
                element("Key", key),
                element("LastModified", &date(version.at)),
                element("ETag", &version.etag),
                element("Size", &object.content.len().to_string()),
            ));
        }
    }
    let head = format!(
        "{}{}{}{}",
        element("Name", name),
        element("Prefix", prefix),
        element("KeyCount", &count.to_string()),
        element("IsTruncated", "false"),
    );
    document("ListBucketResult", &format!("{head}{list}"))
}

/// Writes the response of ListObjectVersions: latest first, all on one page.
pub(super) fn versions(name: &str, prefix: &str, bucket: &Bucket) -> String {
    let mut list = String::new();
    for (key, versions) in bucket
        .objects
        .iter()
        .filter(|(key, _)| key.starts_with(prefix))
    {
        for (age, version) in versions.iter().rev().enumerate() {
            let common = format!(
                "{}{}{}{}",
                element("Key", key),
                element("VersionId", version.name()),
                element("IsLatest", &(age == 0).to_string()),
                element("LastModified", &date(version.at)),
            );
            list.push_str(&match &version.object {
                None => format!("<DeleteMarker>{common}</DeleteMarker>"),
                Some(object) => format!(
                    "<Version>{common}{}{}</Version>",
                    element("ETag", &version.etag),
                    element("Size", &object.content.len().to_string()),
                ),
            });
        }
    }
    let head = format!(
        "{}{}{}",
        element("Name", name),
        element("Prefix", prefix),
        element("IsTruncated", "false"),
    );
    document("ListVersionsResult", &format!("{head}{list}"))
}

/// Writes a document with an element of S3's namespace.
pub(super) fn document(name: &str, inner: &str) -> String {
    format!("<{name} xmlns=\"{NAMESPACE}\">{inner}</{name}>")
}

pub(super) fn date(at: OffsetDateTime) -> String {
    // The format has no part that can fail for a date of this millennium.
    at.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_body_is_a_status_or_malformed(body in prop::collection::vec(any::<u8>(), 0..99)) {
            for body in [body.clone(), [b"<Status>", &body[..]].concat()] {
                let fault = read_versioning(&body).unwrap_err();
                prop_assert_eq!((fault.status, fault.code.as_str()), (400, "MalformedXML"));
            }
        }

        #[test]
        fn a_status_is_read_between_all_else(
            before in "[^<]{0,20}", space in "[ \n]{0,3}", after in ".{0,20}",
        ) {
            for (word, status) in [
                ("Enabled", Some(Versioning::Enabled)),
                ("Suspended", Some(Versioning::Suspended)),
                ("enabled", None),
                ("EnabledSuspended", None),
                ("", None),
            ] {
                let element = format!("<Status>{space}{word}{space}</Status>");
                let body = format!("<VersioningConfiguration>{before}{element}{after}");
                prop_assert_eq!(read_versioning(body.as_bytes()).ok(), status, "{}", body);
            }
        }
    }
}

//! S3 Control: the tags of buckets, by their ARNs. Clients sign these requests for S3.

use axum::http::Method;
use bytes::Bytes;
use local_wire::xml::element;
use local_wire::{ACCOUNT_ID, Answer, ApiRequest, Fault, Outcome, Request};
use percent_encoding::percent_decode_str;

use super::operations::not_implemented;
use super::settings::{self, Tags};
use super::store::Store;
use super::{document, plain, xml};

/// The header with the account, which every request to S3 Control has and none to S3.
const ACCOUNT: &str = "x-amz-account-id";
/// The path before the ARN of a resource with tags.
const TAGS: &str = "/v20180820/tags/";

/// Returns the operation of a request to S3 Control; `None` for one to S3, or for another operation.
pub(super) fn operation_of(request: &Request) -> Option<&'static str> {
    let is_of_tags = request.headers.contains_key(ACCOUNT) && request.uri.path().starts_with(TAGS);
    match request.method {
        Method::GET if is_of_tags => Some("ListTagsForResource"),
        Method::POST if is_of_tags => Some("TagResource"),
        Method::DELETE if is_of_tags => Some("UntagResource"),
        _ => None,
    }
}

/// Carries out an operation of S3 Control; `None` for one of S3.
pub(super) fn call(store: &mut Store, request: &ApiRequest) -> Option<Outcome> {
    let operation = match request.operation.name.as_str() {
        "ListTagsForResource" => list_tags,
        "TagResource" => tag,
        "UntagResource" => untag,
        _ => return None,
    };
    let outcome = tags_of(store, request).and_then(|tags| operation(tags, request));
    Some(outcome.or_else(|fault| Ok(refused(request, &fault))))
}

/// Returns the ARN in the path of a request for tags.
pub(crate) fn tagged_resource(request: &Request) -> String {
    let path = request.uri.path();
    let arn = percent_decode_str(path.strip_prefix(TAGS).unwrap_or_default());
    arn.decode_utf8_lossy().into_owned()
}

/// Returns the tags of the bucket whose ARN is in the path.
fn tags_of<'s>(store: &'s mut Store, request: &ApiRequest) -> Result<&'s mut Tags, Fault> {
    if request
        .headers
        .get(ACCOUNT)
        .is_none_or(|id| id != ACCOUNT_ID)
    {
        return Err(Fault::new(403, "AccessDenied", "Access Denied"));
    }
    let arn = tagged_resource(request);
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts[..] {
        ["arn", _, "s3", _, _, bucket] if !bucket.contains(['/', ':']) => {
            Ok(&mut store.bucket(&request.region, bucket)?.settings.tags)
        }
        _ => Err(not_implemented(&format!(
            "{} for resources other than buckets",
            request.operation.name
        ))),
    }
}

fn list_tags(tags: &mut Tags, _: &ApiRequest) -> Outcome {
    let tags = element_of_tags(tags);
    Ok(xml::answer(&format!(
        "<ListTagsForResourceResult xmlns=\"{NAMESPACE}\">{tags}</ListTagsForResourceResult>"
    )))
}

const NAMESPACE: &str = "http://awss3control.amazonaws.com/doc/2018-08-20/";

fn element_of_tags(tags: &Tags) -> String {
    format!("<Tags>{}</Tags>", settings::elements_of_tags(tags))
}

fn tag(tags: &mut Tags, request: &ApiRequest) -> Outcome {
    let added = settings::tags(
        &document::read(&request.body)?,
        "TagResourceRequest/Tags/Tag",
    )?;
    let mut merged = tags.clone();
    merged.extend(added);
    settings::check_count(&merged)?;
    *tags = merged;
    plain(204, &[])
}

fn untag(tags: &mut Tags, request: &ApiRequest) -> Outcome {
    for key in request.query_all("tagKeys") {
        tags.remove(&key);
    }
    plain(204, &[])
}

/// Writes an error in the form of S3 Control, which has one more element around it than S3's.
fn refused(request: &ApiRequest, fault: &Fault) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse><Error>{}{}</Error>{}\
         </ErrorResponse>",
        element("Code", &fault.code),
        element("Message", &fault.message),
        element("RequestId", &request.id),
    );
    Answer::content("text/xml", Bytes::from(body)).with_status(fault.status)
}

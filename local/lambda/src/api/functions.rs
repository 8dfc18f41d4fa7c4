//! Operations on functions: create, read, update and delete.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use futures_util::FutureExt;
use local_wire::Serve::{Later, Now};
use local_wire::{
    Answer, ApiRequest, Declared, Fault, FunctionIdentity, Outcome, Serve, delete, get, partition,
    post, put,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Api, answer,
    input::{Configuration, CreateFunction, UpdateCode},
    named,
    paging::page,
    shapes,
    validation::{self, PackageType, Source},
};
use crate::{
    code::{Code, CodeError, CodePackage, Image, Refused},
    environment::{Credentials, FunctionSpec},
    faults,
    function::{Function, FunctionVersion, Program, Settings},
    names::{FunctionRef, LATEST},
    storage::{self, StoredBytes},
};

/// The operations that this file serves, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve<Arc<Api>>>] = &[
    post("CreateFunction", "/2015-03-31/functions", Later(|api: &Arc<Api>, request| api.create_function(request).boxed())).answers(201),
    get("GetFunction", "/2015-03-31/functions/{FunctionName}", Now(Api::get_function)),
    get("GetFunctionConfiguration", "/2015-03-31/functions/{FunctionName}/configuration", Now(Api::get_function_configuration)),
    get("ListFunctions", "/2015-03-31/functions", Now(Api::list_functions)),
    put("UpdateFunctionCode", "/2015-03-31/functions/{FunctionName}/code", Later(|api, request| api.update_function_code(request).boxed())),
    put("UpdateFunctionConfiguration", "/2015-03-31/functions/{FunctionName}/configuration", Later(|api, request| api.update_function_configuration(request).boxed())),
    delete("DeleteFunction", "/2015-03-31/functions/{FunctionName}", Later(|api: &Arc<Api>, request| api.delete_function(request).boxed())).answers(204),
];

/// The most identities that are remembered: more than there is room for functions.
const MAX_IDENTITIES: usize = 20_000;

/// Lambda's limit for a request that contains a zip.
const REQUEST_LIMIT: usize = 70_167_211;

impl Api {
    async fn create_function(&self, request: &ApiRequest) -> Outcome {
        check_size(request)?;
        let input: CreateFunction = request.input()?;
        let name = FunctionRef::parse(&input.function_name, None, &request.region)?;
        let package = validation::package_type(input.package_type)?;
        validation::publish_to(input.publish_to)?;
        validation::tags(&input.tags)?;
        validation::unsupported(
            input.code_signing_config_arn.is_some(),
            "CodeSigningConfigArn",
        )?;
        validation::unsupported(input.tenancy_config.is_some(), "TenancyConfig")?;
        let architecture =
            validation::architecture(input.architectures)?.unwrap_or_else(|| "x86_64".into());
        let settings = validation::create(&name.name, package, input.configuration)?;
        if let Program::Zip { runtime, .. } = &settings.program {
            self.check_runtime(runtime).await?;
        }
        self.check_role(&name, &settings.role).await?;
        let key = input.code.source_kms_key_arn.clone();
        let source = validation::source(package, "creating", input.code)?;
        // Checked before the package is unpacked, and again afterwards.
        let exists = || faults::conflict(format!("Function already exist: {}", name.name));
        if self.functions().get(&name).is_ok() {
            return Err(exists());
        }
        let code = self.code(&name.region, source, key).await?;
        let latest = self.version(&name, LATEST, settings, architecture, code)?;
        let mut function = Function {
            latest,
            published: BTreeMap::new(),
            last_number: 0,
            aliases: BTreeMap::new(),
            policies: HashMap::new(),
            tags: input.tags,
            reserved_concurrency: None,
            recursive_loop: "Terminate".into(),
        };
        let shape = if input.publish {
            self.publish(&name, &mut function, None)?
        } else {
            shapes::configuration(&function.latest, None)
        };
        let mut functions = self.functions();
        let region = functions.region(&name.region);
        if region.contains_key(&name.name) {
            return Err(exists());
        }
        region.insert(name.name, function);
        Ok(shape.into())
    }

    fn get_function(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let mut functions = self.functions();
        let function = functions.qualified(&name)?;
        let qualifier = name.qualifier.as_deref();
        let Some(version) = function.version(qualifier) else {
            return Err(faults::function_not_found(&name.qualified_arn()));
        };
        let mut shape = json!({
            "Configuration": shapes::configuration(version, qualifier),
            "Code": self.location(&name, &version.code),
        });
        if !function.tags.is_empty() {
            shape["Tags"] = json!(function.tags);
        }
        // With a qualifier, AWS omits this member.
        if let (None, Some(reserved)) = (qualifier, function.reserved_concurrency) {
            shape["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
        }
        Ok(shape.into())
    }

    fn get_function_configuration(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let mut functions = self.functions();
        let qualifier = name.qualifier.as_deref();
        match functions.qualified(&name)?.version(qualifier) {
            Some(version) => answer(shapes::configuration(version, qualifier)),
            None => Err(faults::function_not_found(&name.qualified_arn())),
        }
    }

    fn list_functions(self: &Arc<Self>, request: &ApiRequest) -> Outcome {
        let all = match request.query("FunctionVersion") {
            Some(version) => {
                validation::one_of(version, &["ALL"], "functionVersion")?;
                true
            }
            None => false,
        };
        let mut functions = self.functions();
        let functions = functions.region(&request.region);
        // A key of name and number keeps the versions of a function together.
        let items = functions.iter().flat_map(|(name, function)| {
            function
                .versions()
                .filter(move |(number, _)| all || *number == 0)
                .map(move |(number, version)| {
                    let qualifier = all.then_some(version.version.as_str());
                    let shape = shapes::configuration(version, qualifier);
                    (format!("{name}:{number:020}"), shape)
                })
        });
        let page = page(request, "functions", items)?;
        answer(shapes::list("Functions", page.items, page.next))
    }

    async fn update_function_code(&self, request: &ApiRequest) -> Outcome {
        check_size(request)?;
        let name = latest_only(named(request)?)?;
        let input: UpdateCode = request.input()?;
        validation::publish_to(input.publish_to)?;
        let architecture = validation::architecture(input.architectures)?;
        let revision = input.revision_id;
        let package = {
            let mut functions = self.functions();
            let latest = &functions.get(&name)?.latest;
            check_revision(latest, revision.as_deref())?;
            match latest.settings.program {
                Program::Zip { .. } => PackageType::Zip,
                Program::Image(_) => PackageType::Image,
            }
        };
        let key = input.code.source_kms_key_arn.clone();
        let source = validation::source(package, "updating", input.code)?;
        let code = self.code(&name.region, source, key).await?;
        let (shape, old) = {
            let mut functions = self.functions();
            let function = functions.get(&name)?;
            let old = &function.latest;
            check_revision(old, revision.as_deref())?;
            let new = self.version(
                &name,
                LATEST,
                old.settings.clone(),
                architecture.unwrap_or_else(|| old.architecture.clone()),
                code,
            )?;
            if input.dry_run {
                return answer(shapes::configuration(&new, None));
            }
            let old = std::mem::replace(&mut function.latest, new);
            let shape = if input.publish {
                self.publish(&name, function, None)
            } else {
                Ok(shapes::configuration(&function.latest, None))
            };
            (shape, old)
        };
        self.retire(old.spec).await;
        Ok(shape?.into())
    }

    async fn update_function_configuration(&self, request: &ApiRequest) -> Outcome {
        let name = latest_only(named(request)?)?;
        let input: Configuration = request.input()?;
        if let Some(role) = &input.role {
            self.check_role(&name, role).await?;
        }
        if let Some(runtime) = &input.runtime {
            self.check_runtime(runtime).await?;
        }
        let (shape, old) = {
            let mut functions = self.functions();
            let function = functions.get(&name)?;
            let old = &function.latest;
            check_revision(old, input.revision_id.as_deref())?;
            let new = self.version(
                &name,
                LATEST,
                validation::update(old.settings.clone(), input)?,
                old.architecture.clone(),
                old.code.clone(),
            )?;
            let shape = shapes::configuration(&new, None);
            (shape, std::mem::replace(&mut function.latest, new))
        };
        self.retire(old.spec).await;
        Ok(shape.into())
    }

    async fn delete_function(&self, request: &ApiRequest) -> Outcome {
        let name = named(request)?;
        let gone: Vec<Option<Arc<FunctionSpec>>> = match name.qualifier.as_deref() {
            None => {
                let mut functions = self.functions();
                functions.get(&name)?;
                functions
                    .region(&name.region)
                    .remove(&name.name)
                    .iter()
                    .flat_map(Function::versions)
                    .map(|(_, version)| version.spec.clone())
                    .collect()
            }
            Some(LATEST) => {
                return Err(faults::invalid(
                    "$LATEST version cannot be deleted without deleting the function.",
                ));
            }
            Some(qualifier) => vec![self.delete_version(&name, qualifier)?.spec],
        };
        for spec in gone {
            self.retire(spec).await;
        }
        Ok(Answer::nothing())
    }

    async fn retire(&self, spec: Option<Arc<FunctionSpec>>) {
        if let Some(spec) = spec {
            self.executor.retire(&spec).await;
        }
    }

    fn delete_version(
        &self,
        name: &FunctionRef,
        qualifier: &str,
    ) -> Result<FunctionVersion, Fault> {
        let number: u64 = qualifier.parse().map_err(|_| {
            faults::invalid("Deletion of aliases is not currently supported. Use DeleteAlias.")
        })?;
        let mut functions = self.functions();
        let function = functions.qualified(name)?;
        let users: Vec<&str> = function
            .aliases
            .iter()
            .filter(|(_, alias)| {
                alias.version == qualifier || alias.routing.contains_key(qualifier)
            })
            .map(|(name, _)| name.as_str())
            .collect();
        if !users.is_empty() {
            return Err(faults::conflict(format!(
                "Version {qualifier} is still being referenced by alias {}.",
                users.join(", ")
            )));
        }
        function.policies.remove(&Some(qualifier.to_owned()));
        function
            .published
            .remove(&number)
            .ok_or_else(|| faults::function_not_found(&name.qualified_arn()))
    }

    /// Builds a version with everything that is needed to run it.
    pub(super) fn version(
        &self,
        name: &FunctionRef,
        label: &str,
        settings: Settings,
        architecture: String,
        code: Code,
    ) -> Result<FunctionVersion, Fault> {
        let stored = self.room_for_record()?;
        let spec = match (&settings.program, &code) {
            (Program::Zip { runtime, handler }, Code::Zip { package, .. }) => {
                let package = Arc::clone(package);
                Some((runtime.clone(), handler.clone(), package))
            }
            _ => None,
        };
        let spec = spec.map(|(runtime, handler, package)| FunctionSpec {
            id: Uuid::new_v4(),
            region: name.region.clone(),
            name: name.name.clone(),
            version: label.to_owned(),
            arn: name.arn(),
            runtime_version_arn: runtime_version_arn(&name.region, &runtime),
            runtime,
            handler,
            timeout: Duration::from_secs(settings.timeout.into()),
            memory_mb: settings.memory_size,
            architecture: architecture.clone(),
            variables: settings.variables.clone(),
            role: settings.role.clone(),
            credentials: self.credentials(name, &settings.role),
            traced: settings.tracing_mode == "Active",
            log: settings.log.clone(),
            code: package,
            endpoint_url: self.endpoint_url.clone(),
            retired: AtomicBool::new(false),
        });
        Ok(FunctionVersion {
            version: label.to_owned(),
            name: name.clone(),
            settings,
            architecture,
            code,
            last_modified: OffsetDateTime::now_utc(),
            revision_id: Uuid::new_v4().to_string(),
            spec: spec.map(Arc::new),
            _stored: stored,
        })
    }

    /// Takes the room of a version or an alias.
    pub(super) fn room_for_record(&self) -> Result<Arc<StoredBytes>, Fault> {
        let stored = self.code_storage.take(storage::RECORD);
        stored
            .map(Arc::new)
            .ok_or_else(faults::code_storage_exceeded)
    }

    /// Returns credentials whose access key id identifies the role. They are the same for every
    /// environment of a function.
    fn credentials(&self, name: &FunctionRef, role: &str) -> Credentials {
        let hash = Sha256::digest(format!("{} {role}", name.arn()));
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let id: String = hash
            .iter()
            .take(16)
            .map(|byte| char::from(letters[usize::from(byte % 32)]))
            .collect();
        let access_key_id = format!("ASIA{id}");
        let identity = Arc::new(FunctionIdentity {
            role_arn: role.to_owned(),
            function_arn: name.arn(),
        });
        let mut identities = self.identities();
        // Keys of deleted functions are still those of functions, but not for ever.
        if identities.len() >= MAX_IDENTITIES {
            identities.retain(|_, known| Arc::strong_count(known) > 1);
        }
        let known = identities.entry(access_key_id.clone());
        let identity = Arc::clone(known.or_insert(identity));
        Credentials {
            _identity: identity,
            access_key_id,
            secret_access_key: Uuid::new_v4().simple().to_string(),
            session_token: Uuid::new_v4().simple().to_string(),
        }
    }

    /// Checks that Lambda can assume the role.
    async fn check_role(&self, name: &FunctionRef, role: &str) -> Result<(), Fault> {
        let assumable = self
            .rights
            .assumable(role, "lambda.amazonaws.com", &name.arn())
            .await;
        match assumable {
            true => Ok(()),
            false => Err(faults::invalid(
                "The role defined for the function cannot be assumed by Lambda.",
            )),
        }
    }

    /// Returns the location of a version's code, as `GetFunction` reports it.
    fn location(&self, name: &FunctionRef, code: &Code) -> Value {
        match code {
            Code::Zip {
                package,
                source_kms_key_arn,
            } => {
                let mut shape = json!({
                    "RepositoryType": "S3",
                    "Location": format!(
                        "{}/_lambda/code/{}/{}",
                        self.endpoint_url.trim_end_matches('/'),
                        name.name,
                        URL_SAFE_NO_PAD.encode(&package.sha256),
                    ),
                });
                if let Some(key) = source_kms_key_arn {
                    shape["SourceKMSKeyArn"] = key.as_str().into();
                }
                shape
            }
            Code::Image(image) => json!({
                "RepositoryType": "ECR",
                "ImageUri": image.uri,
                "ResolvedImageUri": image.resolved_uri,
            }),
        }
    }

    /// Fetches and unpacks the code of a request.
    async fn code(
        &self,
        region: &str,
        source: Source,
        source_kms_key_arn: Option<String>,
    ) -> Result<Code, Fault> {
        let zip = match source {
            Source::Zip(zip) => zip,
            Source::Object {
                bucket,
                key,
                version,
            } => self
                .objects
                .get(region, &bucket, &key, version.as_deref())
                .map_err(|fault| {
                    faults::invalid(format!(
                        "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}",
                        fault.code, fault.message
                    ))
                })?,
            Source::Image(uri) => {
                return Image::parse(&uri, region).map(Code::Image).ok_or_else(|| {
                    faults::invalid(format!(
                        "Source image {uri} is not valid. Provide a valid source image."
                    ))
                });
            }
        };
        Ok(Code::Zip {
            package: self.unpack(zip).await?,
            source_kms_key_arn,
        })
    }

    async fn unpack(&self, zip: Bytes) -> Result<Arc<CodePackage>, Fault> {
        let root = self.code_root.clone();
        let storage = Arc::clone(&self.code_storage);
        let unpack = move || CodePackage::unpack(&zip, &root, &storage);
        let unpacked = tokio::task::spawn_blocking(unpack).await.map_err(|error| {
            faults::internal(format!("unpacking the package was interrupted: {error}"))
        })?;
        unpacked.map(Arc::new).map_err(|error| not_unpacked(&error))
    }
}

/// Returns the fault for a package that was not unpacked. An error in the package is answered in Lambda's
/// words, an error of this machine in the account's own. Paths of this machine appear in its log only.
fn not_unpacked(error: &CodeError) -> Fault {
    match error {
        CodeError::Refused(refused) => {
            tracing::warn!(reason = %refused, "a function's package was rejected");
            match refused {
                Refused::Empty | Refused::TooLarge => faults::invalid(refused.to_string()),
                _ => faults::invalid(
                    "Could not unzip uploaded file. Please check your file, then try to upload \
                     again.",
                ),
            }
        }
        CodeError::NoRoom => faults::code_storage_exceeded(),
        CodeError::Disk(disk) => {
            tracing::error!(
                path = %disk.path.display(),
                error = &disk.source as &dyn std::error::Error,
                "this machine cannot unpack a function's package"
            );
            faults::internal(format!(
                "The local account's machine cannot unpack the function's package: {}. The account's \
                 log contains the path.",
                disk.reason()
            ))
        }
    }
}

/// Checks that the caller changes the revision that it has read.
pub(super) fn check_revision(version: &FunctionVersion, given: Option<&str>) -> Result<(), Fault> {
    match given {
        Some(given) if given != version.revision_id => {
            Err(faults::stale_revision("GetFunction/GetAlias"))
        }
        _ => Ok(()),
    }
}

/// Rejects published versions and aliases: only `$LATEST` can be changed.
fn latest_only(name: FunctionRef) -> Result<FunctionRef, Fault> {
    match name.qualifier.as_deref() {
        None | Some(LATEST) => Ok(name),
        Some(_) => Err(faults::invalid(
            "This operation is permitted on Lambda functions only, not on versions or aliases.",
        )),
    }
}

fn check_size(request: &ApiRequest) -> Result<(), Fault> {
    if request.body.len() > REQUEST_LIMIT {
        return Err(faults::too_large(REQUEST_LIMIT, &request.operation.name));
    }
    Ok(())
}

/// Returns a stable stand-in for the ARNs of AWS's runtime versions.
pub(super) fn runtime_version_arn(region: &str, runtime: &str) -> String {
    let hash: String = Sha256::digest(runtime)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("arn:{}:lambda:{region}::runtime:{hash}", partition(region))
}

//! The function's bill of materials in CycloneDX format.
//!
//! It has no serial number and time, which the format makes optional, so the same sources give the same
//! document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_lock::{Checksum, Lockfile};
use cyclonedx_bom::models::component::{Classification, Scope};
use cyclonedx_bom::models::dependency::{Dependencies, Dependency};
use cyclonedx_bom::models::hash::{Hash, HashAlgorithm, HashValue, Hashes};
use cyclonedx_bom::models::license::{LicenseChoice, Licenses};
use cyclonedx_bom::models::tool::{Tool as BomTool, Tools as BomTools};
use cyclonedx_bom::prelude::{
    Bom, Component, Components, Metadata, Purl, SpdxExpression, SpecVersion, Validate,
};

use super::dependencies::{self, Crate, Graph};
use crate::architecture::Architecture;
use crate::error::{Error, Result};
use crate::files::sha256;
use crate::function::FunctionCrate;
use crate::tools::Tool;

/// The newest version of the format that the library supports.
const FORMAT: SpecVersion = SpecVersion::V1_5;

/// Returns the bill of materials of these zips of the repository's function, as JSON.
///
/// Its subject is the function, and the zips are parts of it. A component is a crate. Crates that only
/// take part in compiling (macros, build scripts) have the scope `excluded`.
pub(super) async fn of_function(
    repository: &Path,
    zips: &[(Architecture, Vec<u8>)],
    cargo: &Tool,
) -> Result<Vec<u8>> {
    let architectures: Vec<_> = zips.iter().map(|(architecture, _)| *architecture).collect();
    let host = Architecture::of_host()?;
    let function =
        FunctionCrate::of_repository(repository, *architectures.first().unwrap_or(&host))?;
    let compiled = dependencies::compiled(&function, &architectures, cargo).await?;
    let linked = dependencies::linked(&function, &architectures, cargo).await?;
    let origins = Origins::read(&function.root.join("Cargo.lock"))?;
    write(describe(&compiled, &linked, &origins, zips)?)
}

fn describe(
    compiled: &Graph,
    linked: &Graph,
    origins: &Origins,
    zips: &[(Architecture, Vec<u8>)],
) -> Result<Bom> {
    let linked: BTreeSet<&Crate> = linked.licences.keys().collect();
    let mut components = Vec::new();
    let mut subject = None;
    for (one, licence) in &compiled.licences {
        let mut component = component(one, licence, origins)?;
        if *one == compiled.root {
            component.component_type = Classification::Application;
            component.components = Some(Components(zips.iter().map(zip).collect()));
            subject = Some(component);
        } else {
            component.scope = Some(if linked.contains(one) {
                Scope::Required
            } else {
                Scope::Excluded
            });
            components.push(component);
        }
    }
    let mut dependencies = Vec::new();
    for (one, needs) in &compiled.needs {
        dependencies.push(Dependency {
            dependency_ref: origins.reference(one)?,
            dependencies: needs
                .iter()
                .map(|needed| origins.reference(needed))
                .collect::<Result<_>>()?,
        });
    }
    let tool = BomTool::new("", super::BUNDLE_NAME, super::VERSION);
    Ok(Bom {
        serial_number: None,
        metadata: Some(Metadata {
            component: subject,
            tools: Some(BomTools::List(vec![BomTool {
                vendor: None,
                ..tool
            }])),
            ..Metadata::default()
        }),
        components: Some(Components(components)),
        dependencies: Some(Dependencies(dependencies)),
        spec_version: FORMAT,
        ..Bom::default()
    })
}

fn component(one: &Crate, licence: &str, origins: &Origins) -> Result<Component> {
    let reference = origins.reference(one)?;
    let mut component = Component::new(
        Classification::Library,
        &one.name,
        &one.version,
        Some(reference),
    );
    component.purl = origins.purl(one)?;
    component.hashes = origins.checksum(one).map(|sum| hashes(&sum));
    if !licence.is_empty() {
        // Old manifests contain `MIT/Apache-2.0`.
        let licence = match SpdxExpression::parse_lax(licence.to_owned()) {
            Ok(expression) => LicenseChoice::Expression(expression),
            Err(_) => LicenseChoice::license(licence),
        };
        component.licenses = Some(Licenses(vec![licence]));
    }
    Ok(component)
}

/// Returns a zip as a part of the function.
fn zip((architecture, bytes): &(Architecture, Vec<u8>)) -> Component {
    let name = format!("dist/{}", architecture.zip_name());
    let mut component = Component::new(
        Classification::File,
        &name,
        super::VERSION,
        Some(name.clone()),
    );
    component.hashes = Some(hashes(&sha256(bytes)));
    component
}

fn hashes(sha256: &str) -> Hashes {
    Hashes(vec![Hash {
        alg: HashAlgorithm::SHA_256,
        content: HashValue(sha256.to_owned()),
    }])
}

fn write(bom: Bom) -> Result<Vec<u8>> {
    let checked = bom.validate_version(FORMAT);
    if !checked.passed() {
        return Err(Error::InvalidSbom(format!("{checked:?}")));
    }
    let mut bytes = Vec::new();
    bom.output_as_json(&mut bytes, FORMAT)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The sources of crates, from `Cargo.lock`.
struct Origins(BTreeMap<Crate, Origin>);

struct Origin {
    /// Whether it is on crates.io, which a `pkg:cargo` URL refers to.
    published: bool,
    checksum: Option<String>,
}

impl Origins {
    fn read(path: &Path) -> Result<Self> {
        let lock = Lockfile::load(path).map_err(|source| Error::CargoLock {
            path: path.to_path_buf(),
            source,
        })?;
        let origin = |package: cargo_lock::Package| {
            let published = package
                .source
                .is_some_and(|source| source.is_default_registry());
            let checksum = package.checksum.as_ref().map(Checksum::to_string);
            let one = Crate {
                name: package.name.to_string(),
                version: package.version.to_string(),
            };
            (
                one,
                Origin {
                    published,
                    checksum,
                },
            )
        };
        Ok(Self(lock.packages.into_iter().map(origin).collect()))
    }

    fn checksum(&self, one: &Crate) -> Option<String> {
        self.0.get(one)?.checksum.clone()
    }

    /// Returns the URL of a published crate; `None` for a crate of this repository.
    fn purl(&self, one: &Crate) -> Result<Option<Purl>> {
        if !self.0.get(one).is_some_and(|origin| origin.published) {
            return Ok(None);
        }
        Purl::new("cargo", &one.name, &one.version)
            .map(Some)
            .map_err(|error| Error::InvalidSbom(error.to_string()))
    }

    /// Returns the id of a crate within the document.
    fn reference(&self, one: &Crate) -> Result<String> {
        Ok(match self.purl(one)? {
            Some(purl) => purl.to_string(),
            None => format!("{}@{}", one.name, one.version),
        })
    }
}

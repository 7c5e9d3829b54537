//! Who depends on whom: the components of the workspace, and those of the local scope that they need.

mod tree;

pub use tree::{Line, Mark, lines};

use super::state::Needed;
use super::{Knowledge, Progress, State, Workspace};
use crate::errors;
use crate::model::{ComponentId, DependencyKind, Graph, Version, VersionId};
use crate::scope::StoredVersion;
use anyhow::Result;
use std::collections::HashMap;
use std::path::Path;

/// Which part of the graph.
#[derive(Debug, Clone, Default)]
pub struct GraphOptions {
    /// Only what this component needs (or what needs it); all where it is absent.
    pub id: Option<String>,
    /// Which way to go.
    pub direction: Direction,
}

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// To what a component needs.
    #[default]
    Dependencies,
    /// To what needs it.
    Dependents,
}

/// Components and who depends on whom.
#[derive(Debug, Default)]
pub struct DependencyGraph {
    /// The components.
    pub nodes: Vec<Node>,
    /// Who needs whom, whichever way was gone.
    pub edges: Vec<Edge>,
}

/// A component in the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Which one.
    pub id: ComponentId,
    /// At which version; none for a component of the workspace that has none yet.
    pub version: Option<Version>,
    /// Where it is.
    pub place: Place,
}

/// Where a component of the graph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the workspace.
    Workspace,
    /// Only in the local scope.
    LocalScope,
    /// Not here: what it needs is unknown.
    Elsewhere,
}

/// One component needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// Who.
    pub from: usize,
    /// Whom.
    pub to: usize,
    /// When.
    pub kind: DependencyKind,
}

impl DependencyGraph {
    /// The same, for walking in a direction.
    pub fn towards(&self, direction: Direction) -> Graph {
        let mut graph = Graph::new(self.nodes.len());
        for edge in &self.edges {
            match direction {
                Direction::Dependencies => graph.add(edge.from, edge.to),
                Direction::Dependents => graph.add(edge.to, edge.from),
            }
        }
        graph
    }

    /// The part that is reached from one node, which comes first.
    fn closure(self, root: usize, direction: Direction) -> Self {
        let reached = self.towards(direction).reachable([root]);
        let kept = std::iter::once(root).chain((0..self.nodes.len()).filter(|&at| reached[at] && at != root));
        let mut places = vec![None; self.nodes.len()];
        let mut nodes = Vec::new();
        for at in kept {
            places[at] = Some(nodes.len());
            nodes.push(self.nodes[at].clone());
        }
        let edge = |edge: Edge| Some(Edge { from: places[edge.from]?, to: places[edge.to]?, kind: edge.kind });
        Self { nodes, edges: self.edges.into_iter().filter_map(edge).collect() }
    }
}

/// Works the graph out. With an id, that component is the first node.
pub fn graph(cwd: &Path, options: &GraphOptions, progress: &dyn Progress) -> Result<(Workspace, DependencyGraph)> {
    let workspace = Workspace::open(cwd, progress)?;
    let known = workspace.scope.known()?;
    let knowledge = Knowledge::of(&workspace, &known);
    let found = options.id.as_deref().map(|id| knowledge.find(id)).transpose()?;
    let mut builder =
        Builder { workspace: &workspace, knowledge, graph: DependencyGraph::default(), places: HashMap::new() };
    let graph = match found {
        None => {
            builder.add_workspace(progress)?;
            builder.graph
        }
        // What a version needs is written in it; the workspace has no say.
        Some(found)
            if options.direction == Direction::Dependencies && (found.entry.is_none() || found.version.is_some()) =>
        {
            let version = knowledge.version_of(&found)?.ok_or_else(|| errors::no_version_yet(&found.id))?;
            knowledge.commit(&version)?;
            builder.add_version(version)?;
            builder.graph
        }
        Some(found) => {
            builder.add_workspace(progress)?;
            let root = match knowledge.version_of(&found)? {
                Some(version) => builder.add_version(version)?,
                None => builder.place(found.id, None),
            };
            builder.graph.closure(root, options.direction)
        }
    };
    Ok((workspace, graph))
}

struct Builder<'a> {
    workspace: &'a Workspace,
    knowledge: Knowledge<'a>,
    graph: DependencyGraph,
    places: HashMap<(ComponentId, Option<Version>), usize>,
}

impl Builder<'_> {
    /// The node of a component, made if there is none.
    fn place(&mut self, id: ComponentId, version: Option<Version>) -> usize {
        *self.places.entry((id, version)).or_insert_with_key(|(id, version)| {
            let (id, version) = (id.clone(), version.clone());
            self.graph.nodes.push(Node { id, version, place: Place::Elsewhere });
            self.graph.nodes.len() - 1
        })
    }

    /// Adds every component of the workspace, and what they need.
    fn add_workspace(&mut self, progress: &dyn Progress) -> Result<()> {
        let state = State::load(self.workspace, progress)?;
        let mut places = Vec::with_capacity(state.components.len());
        for component in &state.components {
            let at = self.place(component.id.clone(), component.entry.version.clone());
            self.graph.nodes[at].place = Place::Workspace;
            places.push(at);
        }
        for (component, &from) in state.components.iter().zip(&places) {
            for need in &component.needs {
                let to = match &need.target {
                    Needed::Here(at) => places[*at],
                    Needed::Known(id, _) => self.add_version(id.clone())?,
                };
                self.graph.edges.push(Edge { from, to, kind: need.kind });
            }
        }
        state.remember(self.workspace);
        Ok(())
    }

    /// Adds a version of the local scope and all that it needs. One that the workspace has is not followed further.
    fn add_version(&mut self, id: VersionId) -> Result<usize> {
        let root = self.place(id.id.clone(), Some(id.version.clone()));
        let mut pending = vec![(root, id)];
        while let Some((from, id)) = pending.pop() {
            let Some(commit) = self.knowledge.known.commit(&id.id, &id.version) else { continue };
            if self.graph.nodes[from].place != Place::Elsewhere {
                continue;
            }
            self.graph.nodes[from].place = Place::LocalScope;
            let stored = StoredVersion::read(self.knowledge.repo, commit)?;
            for needed in stored.manifest.dependencies {
                let to = self.place(needed.id.id.clone(), Some(needed.id.version.clone()));
                self.graph.edges.push(Edge { from, to, kind: needed.kind });
                pending.push((to, needed.id));
            }
        }
        Ok(root)
    }
}

use super::current_folder;
use crate::cli::ui::{Ui, dim, warm};
use crate::model::DependencyKind;
use crate::ops::graph::{DependencyGraph, Direction, Edge, GraphOptions, Line, Mark, Node, Place, graph, lines};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::ExitCode;

/// Show which components depend on which
///
/// A tree: what a component needs is below it. What was shown before is not shown again, but marked (*).
#[derive(Args)]
pub struct Graph {
    /// Only what this component needs; with "@1.0.0", what that version needs
    #[arg(value_name = "ID[@VERSION]")]
    id: Option<String>,
    /// The other way round: below a component is what needs it
    #[arg(long, short = 'r')]
    reverse: bool,
    /// For Graphviz: bit graph --dot | dot -Tsvg > graph.svg
    #[arg(long, conflicts_with = "json")]
    dot: bool,
}

impl Graph {
    /// Draws.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let direction = if self.reverse { Direction::Dependents } else { Direction::Dependencies };
        let options = GraphOptions { id: self.id, direction };
        let progress = ui.progress();
        let (workspace, found) = graph(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        ui.json(&to_json(&found))?;
        match () {
            () if self.dot => ui.line(to_dot(&found)),
            () if found.nodes.is_empty() => ui.line("no components yet: bit add <folder>"),
            () => draw(ui, &found, direction, options.id.is_some()),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn draw(ui: &Ui, found: &DependencyGraph, direction: Direction, has_root: bool) {
    let kinds: HashMap<(usize, usize), DependencyKind> =
        found.edges.iter().map(|edge| ((edge.from, edge.to), edge.kind)).collect();
    let mut branches = Branches::default();
    for line in lines(&found.towards(direction), found.nodes.len(), has_root.then_some(0)) {
        let edge = |parent: usize| match direction {
            Direction::Dependencies => (parent, line.node),
            Direction::Dependents => (line.node, parent),
        };
        let kind = line.parent.and_then(|parent| kinds.get(&edge(parent)));
        let kind = kind.filter(|kind| **kind != DependencyKind::Runtime).map(|kind| format!(" ({kind})"));
        let node = &found.nodes[line.node];
        let place = if node.place == Place::Elsewhere { warm(" (not in the local scope)") } else { String::new() };
        let mark = match line.mark {
            Mark::Plain => String::new(),
            Mark::Repeated => dim(" (*)"),
            Mark::Cycle => warm(" (cycle)"),
        };
        ui.line(format!("{}{}{}{place}{mark}", dim(branches.before(&line)), name(node), kind.unwrap_or_default()));
    }
}

/// The branches in front of a line.
#[derive(Default)]
struct Branches {
    /// For each depth: whether the line above was the last of its parent's.
    ended: Vec<bool>,
}

impl Branches {
    /// Deeper than this a line says its depth: indented, a chain of thousands would take millions of spaces.
    const DEEPEST: usize = 40;

    fn before(&mut self, line: &Line) -> String {
        self.ended.truncate(line.depth);
        self.ended.push(line.is_last);
        let branch = match (line.depth, line.is_last) {
            (0, _) => return String::new(),
            (_, true) => "└─ ",
            (_, false) => "├─ ",
        };
        if line.depth > Self::DEEPEST {
            return format!("[{}] {branch}", line.depth);
        }
        let above = self.ended[1..line.depth].iter().map(|&ended| if ended { "   " } else { "│  " });
        above.chain([branch]).collect()
    }
}

fn name(node: &Node) -> String {
    match &node.version {
        Some(version) => format!("{}@{version}", node.id),
        None => node.id.to_string(),
    }
}

/// Names hold nothing that would end the quotes.
fn to_dot(found: &DependencyGraph) -> String {
    let mut text = String::from("digraph components {\n");
    for node in &found.nodes {
        let style = if node.place == Place::Workspace { "" } else { " [style=dashed]" };
        text.push_str(&format!("  \"{}\"{style};\n", name(node)));
    }
    for Edge { from, to, kind } in &found.edges {
        let label = if *kind == DependencyKind::Runtime { String::new() } else { format!(" [label={kind}]") };
        text.push_str(&format!("  \"{}\" -> \"{}\"{label};\n", name(&found.nodes[*from]), name(&found.nodes[*to])));
    }
    text.push('}');
    text
}

fn to_json(found: &DependencyGraph) -> Value {
    let node = |node: &Node| {
        json!({
            "id": name(node),
            "component": node.id,
            "version": node.version,
            "inWorkspace": node.place == Place::Workspace,
        })
    };
    let edge = |edge: &Edge| {
        json!({
            "sourceId": name(&found.nodes[edge.from]),
            "targetId": name(&found.nodes[edge.to]),
            "dependencyLifecycleType": edge.kind,
        })
    };
    json!({
        "nodes": found.nodes.iter().map(node).collect::<Vec<_>>(),
        "edges": found.edges.iter().map(edge).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_end_and_do_not_grow_for_ever() {
        let line = |depth, is_last| Line { node: 0, parent: None, depth, is_last, mark: Mark::Plain };
        let mut branches = Branches::default();
        let drawn: Vec<String> =
            [line(0, true), line(1, false), line(2, true), line(3, true), line(1, true), line(2, true)]
                .iter()
                .map(|line| branches.before(line))
                .collect();
        assert_eq!(drawn, ["", "├─ ", "│  └─ ", "│     └─ ", "└─ ", "   └─ "]);
        for depth in 2..10_000 {
            assert!(branches.before(&line(depth, true)).chars().count() <= 3 * Branches::DEEPEST, "{depth}");
        }
        assert_eq!(branches.before(&line(9_999, false)), "[9999] ├─ ");
    }
}

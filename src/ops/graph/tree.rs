//! A graph as a tree of lines. Without recursion: chains are long.

use crate::model::Graph;

/// A line of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Which node.
    pub node: usize,
    /// Below which one; none for a root.
    pub parent: Option<usize>,
    /// How far from its root.
    pub depth: usize,
    /// The last of its parent's.
    pub is_last: bool,
    /// What is special about it.
    pub mark: Mark,
}

/// What is special about a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    Plain,
    /// What is below it was shown before.
    Repeated,
    /// It is above itself: the edges form a cycle.
    Cycle,
}

/// The lines from the given roots; without any, from every node that nothing leads to, and then from as many others
/// as are needed to show every node (those are in cycles).
pub fn lines(graph: &Graph, nodes: usize, root: Option<usize>) -> Vec<Line> {
    let mut walk = Walk { graph, shown: vec![false; nodes], above: vec![false; nodes], lines: Vec::new() };
    if let Some(root) = root {
        walk.from(root);
        return walk.lines;
    }
    let mut is_led_to = vec![false; nodes];
    (0..nodes).flat_map(|node| graph.dependencies(node)).for_each(|&to| is_led_to[to] = true);
    let roots = (0..nodes).filter(|&node| !is_led_to[node]);
    for node in roots.chain(0..nodes) {
        if !walk.shown[node] {
            walk.from(node);
        }
    }
    walk.lines
}

struct Walk<'a> {
    graph: &'a Graph,
    shown: Vec<bool>,
    /// Whether a node is above the line that is being made.
    above: Vec<bool>,
    lines: Vec<Line>,
}

enum Step {
    Enter { node: usize, parent: Option<usize>, depth: usize, is_last: bool },
    Leave(usize),
}

impl Walk<'_> {
    fn from(&mut self, root: usize) {
        let mut steps = vec![Step::Enter { node: root, parent: None, depth: 0, is_last: true }];
        while let Some(step) = steps.pop() {
            match step {
                Step::Leave(node) => self.above[node] = false,
                Step::Enter { node, parent, depth, is_last } => {
                    let below = self.graph.dependencies(node);
                    let mark = match () {
                        () if self.above[node] => Mark::Cycle,
                        () if self.shown[node] && !below.is_empty() => Mark::Repeated,
                        () => Mark::Plain,
                    };
                    self.lines.push(Line { node, parent, depth, is_last, mark });
                    if mark == Mark::Plain {
                        (self.shown[node], self.above[node]) = (true, true);
                        steps.push(Step::Leave(node));
                        let last = below.len().saturating_sub(1);
                        steps.extend(below.iter().enumerate().rev().map(|(at, &next)| Step::Enter {
                            node: next,
                            parent: Some(node),
                            depth: depth + 1,
                            is_last: at == last,
                        }));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(nodes: usize, edges: &[(usize, usize)], root: Option<usize>) -> Vec<(usize, usize, Mark)> {
        let mut graph = Graph::new(nodes);
        edges.iter().for_each(|&(from, to)| graph.add(from, to));
        lines(&graph, nodes, root).into_iter().map(|line| (line.depth, line.node, line.mark)).collect()
    }

    #[test]
    fn what_was_shown_is_not_shown_again() {
        use Mark::{Plain, Repeated};
        let diamond = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)];
        let expected = [(0, 0, Plain), (1, 1, Plain), (2, 3, Plain), (3, 4, Plain), (1, 2, Plain), (2, 3, Repeated)];
        assert_eq!(shown(5, &diamond, None), expected);
        assert_eq!(shown(5, &diamond, Some(3)), [(0, 3, Plain), (1, 4, Plain)]);
    }

    #[test]
    fn cycles_are_marked_and_have_a_root_too() {
        use Mark::{Cycle, Plain};
        assert_eq!(shown(2, &[(0, 1), (1, 0)], None), [(0, 0, Plain), (1, 1, Plain), (2, 0, Cycle)]);
        assert_eq!(shown(1, &[(0, 0)], None), [(0, 0, Plain), (1, 0, Cycle)]);
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let chain: Vec<_> = (1..100_000).map(|node| (node - 1, node)).collect();
        assert_eq!(shown(100_000, &chain, None).last(), Some(&(99_999, 99_999, Mark::Plain)));
    }

    proptest! {
        #[test]
        fn every_node_is_opened_once(edges in proptest::collection::vec((0usize..12, 0usize..12), 0..40)) {
            let lines = shown(12, &edges, None);
            let distinct: std::collections::BTreeSet<_> = lines.iter().map(|(_, node, _)| node).collect();
            prop_assert_eq!(distinct.len(), 12);
            prop_assert!(lines.len() <= 12 + edges.len());
        }
    }
}

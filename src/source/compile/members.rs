//! Members of classes in the order in which TypeScript decorates them: those of instances first, then static ones.
//!
//! The transformer calls decorators in the order of the text. Where that is another one, the members are put in order
//! before: instances and the class keep the order of their own, and so nothing else changes.

use oxc_ast::ast::{ClassBody, ClassElement, FormalParameters, Program, PropertyKey};
use oxc_ast_visit::{VisitMut, walk_mut};
use oxc_span::GetSpan;

/// Puts members in order; where that would change what is evaluated when, it says so.
pub fn put_in_order(program: &mut Program<'_>) -> Vec<(u32, String)> {
    let mut order = Order { problems: Vec::new() };
    order.visit_program(program);
    order.problems
}

struct Order {
    problems: Vec<(u32, String)>,
}

impl<'a> VisitMut<'a> for Order {
    fn visit_class_body(&mut self, it: &mut ClassBody<'a>) {
        let first_static = it.body.iter().position(|element| is_decorated(element) && is_static(element));
        let late = first_static
            .and_then(|first| it.body[first..].iter().find(|element| is_decorated(element) && !is_static(element)));
        if let Some(late) = late {
            match it.body.iter().find(|element| is_evaluated(element)) {
                Some(_) => self.problems.push((
                    late.span().start,
                    "TypeScript decorates static members last: write them after this one".to_owned(),
                )),
                None => it.body.sort_by_key(is_static),
            }
        }
        walk_mut::walk_class_body(self, it);
    }
}

fn is_static(element: &ClassElement<'_>) -> bool {
    element.r#static() || element.is_static_block()
}

fn is_decorated(element: &ClassElement<'_>) -> bool {
    let has = |parameters: &FormalParameters<'_>| parameters.items.iter().any(|each| !each.decorators.is_empty());
    element.has_decorator() || matches!(element, ClassElement::MethodDefinition(method) if has(&method.value.params))
}

/// Whether the name of a member is worked out, by what may do anything.
fn is_evaluated(element: &ClassElement<'_>) -> bool {
    let harmless = |key: &PropertyKey<'_>| match key {
        PropertyKey::Identifier(_) | PropertyKey::StaticMemberExpression(_) => true,
        key => key.as_expression().is_some_and(|key| key.is_literal()),
    };
    element.computed() && !element.property_key().is_some_and(harmless)
}

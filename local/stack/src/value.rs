//! Returns the values that an expression may have, as far as the stack's own files determine them.
//!
//! Nothing is computed. A conditional may have the value of either side, `merge(a, b)` has the
//! fields of both, a local has the value of its expression, and `each.value` may be any element of
//! `for_each`.

use hcl_edit::expr::{Expression, Object, Traversal, TraversalOperator};

use crate::source::{Named, literal_key, unwrapped};

/// The depth to which names are followed: a local may refer to another one, or by mistake to
/// itself.
const DEEPEST: usize = 40;

/// An expression, the file that contains it, and the collections that the names around it iterate
/// over.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    pub(crate) file: usize,
    pub(crate) expr: &'a Expression,
    /// Names that refer to an element of a collection: `each`, and those of `for` expressions.
    elements_of: Vec<(&'a str, Box<Node<'a>>)>,
}

impl<'a> Node<'a> {
    pub(crate) fn new(file: usize, expr: &'a Expression) -> Self {
        Self {
            file,
            expr,
            elements_of: Vec::new(),
        }
    }

    /// Adds a name that refers to each element of a collection.
    pub(crate) fn over(mut self, name: &'a str, collection: Node<'a>) -> Self {
        self.elements_of.push((name, Box::new(collection)));
        self
    }

    /// Returns another expression with the same names around it.
    pub(crate) fn at(&self, expr: &'a Expression) -> Self {
        Self {
            expr,
            ..self.clone()
        }
    }

    /// Returns all values that the expression may have: objects, lists, `for` expressions, plain
    /// values, and, unchanged, expressions that the files do not determine.
    pub(crate) fn values(&self, named: &Named<'a>) -> Vec<Self> {
        named.begin();
        self.values_within(named, DEEPEST)
    }

    /// Returns the elements of all values that the expression may have.
    pub(crate) fn elements(&self, named: &Named<'a>) -> Vec<Self> {
        named.begin();
        self.elements_within(named, DEEPEST)
    }

    fn values_within(&self, named: &Named<'a>, depth: usize) -> Vec<Self> {
        let Some(depth) = depth.checked_sub(1).filter(|_| named.may_go_on()) else {
            return Vec::new();
        };
        let all = |nodes: &mut dyn Iterator<Item = Self>| {
            nodes
                .flat_map(|node| node.values_within(named, depth))
                .collect()
        };
        match unwrapped(self.expr) {
            Expression::Conditional(either) => {
                let sides = [&either.true_expr, &either.false_expr];
                all(&mut sides.into_iter().map(|side| self.at(side)))
            }
            Expression::FuncCall(call) if passes(call.name.name.as_str()) => {
                let last = call.args.len().saturating_sub(1);
                let arguments = call.args.iter().enumerate();
                let mut arguments = arguments.flat_map(|(index, argument)| {
                    let argument = self.at(argument);
                    if index == last && call.args.expand_final() {
                        argument.elements_within(named, depth)
                    } else {
                        vec![argument]
                    }
                });
                all(&mut arguments)
            }
            Expression::Traversal(traversal) => self.reached(traversal, named, depth),
            Expression::Variable(name) => match self.collection(name.as_str()) {
                Some(collection) => all(&mut collection.elements_within(named, depth).into_iter()),
                None => vec![self.clone()],
            },
            inner => vec![self.at(inner)],
        }
    }

    fn elements_within(&self, named: &Named<'a>, depth: usize) -> Vec<Self> {
        let values = self.values_within(named, depth).into_iter();
        values.flat_map(|value| value.own_elements()).collect()
    }

    /// Returns the elements that are written in the expression itself.
    fn own_elements(&self) -> Vec<Self> {
        match self.expr {
            Expression::Object(object) => object
                .iter()
                .map(|(_, value)| self.at(value.expr()))
                .collect(),
            Expression::Array(array) => array.iter().map(|element| self.at(element)).collect(),
            Expression::ForExpr(each) => {
                let collection = self.at(&each.intro.collection_expr);
                let element = self.at(&each.value_expr);
                vec![element.over(each.intro.value_var.as_str(), collection)]
            }
            _ => Vec::new(),
        }
    }

    /// Returns the values of a path such as `local.lines[each.key].sms`.
    fn reached(&self, traversal: &'a Traversal, named: &Named<'a>, depth: usize) -> Vec<Self> {
        let mut operators = traversal.operators.iter().map(|operator| operator.value());
        let root = match unwrapped(&traversal.expr) {
            Expression::Variable(name) => name.as_str(),
            _ => "",
        };
        let begin = match root {
            "local" | "var" => {
                let known = match root {
                    "local" => &named.locals,
                    _ => &named.variables,
                };
                let named_node = operators.next().and_then(|operator| match operator {
                    TraversalOperator::GetAttr(name) => known.get(name.as_str()),
                    _ => None,
                });
                match named_node {
                    Some(node) => vec![node.clone()],
                    None => return vec![self.clone()],
                }
            }
            "each" => match (operators.next(), self.collection("each")) {
                (Some(TraversalOperator::GetAttr(name)), Some(collection))
                    if name.as_str() == "value" =>
                {
                    collection.elements_within(named, depth)
                }
                _ => return vec![self.clone()],
            },
            _ => vec![self.at(&traversal.expr)],
        };
        let mut reached: Vec<Self> = begin
            .into_iter()
            .flat_map(|node| node.values_within(named, depth))
            .collect();
        for operator in operators {
            reached = reached
                .into_iter()
                .flat_map(|value| value.step(operator))
                .flat_map(|value| value.values_within(named, depth))
                .collect();
        }
        reached
    }

    /// Follows one step of a path. An index that is not a literal may be any.
    fn step(&self, operator: &'a TraversalOperator) -> Vec<Self> {
        let key = match operator {
            TraversalOperator::GetAttr(name) => Some(name.as_str()),
            TraversalOperator::Index(index) => index.as_str(),
            _ => None,
        };
        match (self.expr, key) {
            (Expression::Object(object), Some(key)) => {
                let value = field(object, key).map(|value| self.at(value));
                value.into_iter().collect()
            }
            (Expression::Object(_) | Expression::Array(_) | Expression::ForExpr(_), _) => {
                self.own_elements()
            }
            // The fields of an undetermined value are undetermined, too.
            _ => vec![self.clone()],
        }
    }

    fn collection(&self, name: &str) -> Option<&Self> {
        let mut around = self.elements_of.iter().rev();
        let (_, collection) = around.find(|(known, _)| *known == name)?;
        Some(collection)
    }
}

/// Reports whether a function returns the fields of its arguments.
fn passes(function: &str) -> bool {
    [
        "coalesce", "concat", "merge", "tolist", "tomap", "toset", "try",
    ]
    .contains(&function)
}

/// Returns the value of a literal field; the last one, if the name occurs several times.
pub(crate) fn field<'a>(object: &'a Object, name: &str) -> Option<&'a Expression> {
    object
        .iter()
        .filter(|(key, _)| literal_key(key) == Some(name))
        .last()
        .map(|(_, value)| value.expr())
}

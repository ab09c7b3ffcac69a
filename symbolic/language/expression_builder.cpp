#include "symbolic/language/expression_builder.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "engine/text.hpp"
#include "symbolic/language/functions.hpp"
#include "symbolic/language/limits.hpp"

namespace chalktape::language {

using engine::is_digit;
namespace {

// How a function is written, for hints: `max(a, b)`.
std::string usage(const Function& function) {
  return fmt::format("{}({})", function.name, function.arity == 1 ? "a" : "a, b");
}

}  // namespace

bool check_name_length(std::string_view name, Span span, Diagnostics& diagnostics) {
  if (name.size() <= limits::name_length) return true;
  diagnostics.add(span, fmt::format("a name of {} letters; at most {} are allowed", name.size(), limits::name_length));
  return false;
}

bool check_number(std::string_view written, Span span, Diagnostics& diagnostics) {
  const std::size_t mark = std::min(written.find_first_of("eE"), written.size());
  const auto digits = std::count_if(written.begin(), written.begin() + static_cast<std::ptrdiff_t>(mark), is_digit);
  if (static_cast<std::size_t>(digits) > limits::number_digits) {
    diagnostics.add(span, fmt::format("a number of {} digits; at most {} are allowed", digits, limits::number_digits));
    return false;
  }
  if (mark == written.size()) return true;
  std::string_view exponent = written.substr(mark + 1);
  if (exponent.front() == '+' || exponent.front() == '-') exponent.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(exponent.data(), exponent.data() + exponent.size(), value);
  if (error == std::errc{} && value <= limits::number_exponent) return true;
  diagnostics.add(
      span, fmt::format("an exponent beyond {0}; numbers from 1e-{0} to 1e{0} are allowed", limits::number_exponent));
  return false;
}

void ExpressionBuilder::fail(std::size_t begin, std::size_t end, std::string message, std::string hint) const {
  throw SyntaxFailure{.diagnostic = {source_.span(begin, end), std::move(message), std::move(hint)}};
}

void ExpressionBuilder::count_operand(std::size_t begin) {
  if (++operand_count_ <= limits::operands) return;
  fail(begin, begin + 1, fmt::format("an expression of more than {} operands", limits::operands),
       "divide it into several definitions");
}

void ExpressionBuilder::push(Expression node, std::size_t begin, std::size_t end) {
  node.span = source_.span(begin, end);
  operands_.push_back({std::make_shared<const Expression>(std::move(node)), begin, end});
}

void ExpressionBuilder::number(std::size_t begin, std::size_t end) {
  count_operand(begin);
  last_end_ = end;
  const std::string_view written = source_.text().substr(begin, end - begin);
  // What is reported is 1 from here on: whoever reads on for further errors may compute with it.
  const bool good = check_number(written, source_.span(begin, end), diagnostics_);
  push({.kind = Kind::number, .name = good ? std::string(written) : "1"}, begin, end);
}

void ExpressionBuilder::parenthesis(std::size_t begin, std::size_t end) {
  last_end_ = end;
  operands_.back().begin = begin;
  operands_.back().end = end;
}

void ExpressionBuilder::open_name(std::size_t begin, std::size_t end) {
  count_operand(begin);
  last_end_ = end;
  NameFrame frame{.name = std::string(source_.text().substr(begin, end - begin)), .begin = begin, .name_end = end};
  check_name_length(frame.name, source_.span(begin, end), diagnostics_);
  if (is_statement_keyword(frame.name)) {
    fail(begin, end, fmt::format("'{}' is a reserved word; it begins a statement", frame.name));
  }
  names_.push_back(std::move(frame));
}

void ExpressionBuilder::open_target(std::size_t begin, std::size_t end) {
  open_name(begin, end);
  operand_count_ = 0;
}

void ExpressionBuilder::index(std::size_t begin, std::size_t end) {
  last_end_ = end;
  Index index{
      .name = std::string(source_.text().substr(begin, end - begin)), .range = {}, .span = source_.span(begin, end)};
  if (is_reserved(index.name)) {
    diagnostics_.add(index.span, fmt::format("'{}' is a reserved word and cannot name an index", index.name));
  }
  if (index.is_literal()) {
    const bool leading_zero = index.name.front() == '0';
    if (leading_zero || index.name.size() > 9) {
      diagnostics_.add(index.span, fmt::format("'{}' is not an index; literal indices count from 1", index.name));
    }
  } else {
    check_name_length(index.name, index.span, diagnostics_);
  }
  std::vector<Index>& indices = names_.back().indices;
  if (indices.size() == limits::indices) {
    fail(begin, end, fmt::format("more than {} indices", limits::indices));
  }
  indices.push_back(std::move(index));
}

void ExpressionBuilder::open_arguments() {
  names_.back().has_arguments = true;
  names_.back().first_argument = operands_.size();
}

void ExpressionBuilder::held(std::size_t begin, std::size_t end) {
  count_operand(begin);
  last_end_ = end;
  names_.back().held.push_back({std::string(source_.text().substr(begin, end - begin)), source_.span(begin, end)});
}

Expression ExpressionBuilder::from_name(NameFrame& frame, std::vector<Expr> arguments) const {
  const std::string& name = frame.name;
  const auto wrong = [&](std::string message, std::string hint) {
    fail(frame.begin, frame.name_end, std::move(message), std::move(hint));
  };
  if (frame.has_semicolon && name != "diff") {
    wrong(fmt::format("';' cannot stand among the arguments of '{}'", name), "only diff(e, x[i]; held) has one");
  }
  if (name == "delta" && !delta_is_a_name_) {
    if (!frame.has_brackets || frame.has_arguments || frame.indices.size() != 2) {
      wrong("'delta' takes two indices in brackets", "write delta[i,k]");
    }
    return {.kind = Kind::delta, .indices = std::move(frame.indices)};
  }
  if (name == "diff") {
    if (frame.has_brackets || arguments.size() != 2 || arguments[1]->kind != Kind::access) {
      wrong("'diff' takes an expression and what it is differentiated by", "write diff(e, x[i,j])");
    }
    std::vector<std::string> held;
    for (NameSyntax& name_held : frame.held) held.push_back(std::move(name_held.name));
    return {.kind = Kind::derivative, .operands = std::move(arguments), .held = std::move(held)};
  }
  const bool may_be_definition = !frame.has_arguments && may_name_definition(name);
  if (is_reduction(name) && !may_be_definition && (frame.has_brackets || find_function(name) == nullptr)) {
    if (!frame.has_brackets || arguments.size() != 1) {
      wrong(fmt::format("'{}' takes the indices that it runs over, and one expression", name),
            fmt::format("write {}[i](…)", name));
    }
    return {.kind = Kind::reduce, .name = name, .indices = std::move(frame.indices), .operands = std::move(arguments)};
  }
  if (frame.has_brackets && frame.has_arguments) {
    wrong(fmt::format("'{}' is not a reduction", name),
          "sum, mean, max and min bind indices, as in sum[i](…); a product is written with '*'");
  }
  if (const Function* function = find_function(name); function != nullptr && !frame.has_arguments) {
    wrong(fmt::format("'{}' is a function and needs its argument in parentheses", name), "write " + usage(*function));
  }
  if (frame.has_arguments) return {.kind = Kind::call, .name = name, .operands = std::move(arguments)};
  return {.kind = Kind::access, .name = name, .indices = std::move(frame.indices)};
}

void ExpressionBuilder::close_name() {
  NameFrame frame = take_name();
  std::vector<Expr> arguments;
  if (frame.has_arguments) {
    for (std::size_t k = frame.first_argument; k < operands_.size(); ++k) {
      arguments.push_back(std::move(operands_[k].value));
    }
    operands_.resize(frame.first_argument);
  }
  const std::size_t begin = frame.begin;
  push(from_name(frame, std::move(arguments)), begin, last_end_);
}

void ExpressionBuilder::open_signs() { signs_.emplace_back(); }

void ExpressionBuilder::minus(std::size_t begin) {
  count_operand(begin);
  SignFrame& frame = signs_.back();
  frame.tokens.push_back(Token::minus);
  frame.minus_begins.push_back(begin);
  if (frame.tokens.size() > limits::nesting) {
    fail(begin, begin + 1, fmt::format("more than {} signs and powers in a chain", limits::nesting));
  }
}

void ExpressionBuilder::caret() {
  SignFrame& frame = signs_.back();
  frame.tokens.push_back(Token::caret);
  if (frame.tokens.size() > limits::nesting) {
    fail(last_end_, last_end_ + 1, fmt::format("more than {} signs and powers in a chain", limits::nesting));
  }
}

void ExpressionBuilder::close_signs() {
  SignFrame frame = std::move(signs_.back());
  signs_.pop_back();
  // Read backwards, each token applies to all that stands behind it.
  for (auto token = frame.tokens.rbegin(); token != frame.tokens.rend(); ++token) {
    if (*token == Token::caret) {
      binary(Kind::power);
      continue;
    }
    Operand operand = take_operand();
    const std::size_t begin = frame.minus_begins.back();
    frame.minus_begins.pop_back();
    push({.kind = Kind::negate, .operands = {std::move(operand.value)}}, begin, operand.end);
  }
}

void ExpressionBuilder::binary(Kind kind) {
  Operand right = take_operand();
  Operand left = take_operand();
  push({.kind = kind, .operands = {std::move(left.value), std::move(right.value)}}, left.begin, right.end);
}

Operand ExpressionBuilder::take_operand() {
  Operand operand = std::move(operands_.back());
  operands_.pop_back();
  return operand;
}

NameFrame ExpressionBuilder::take_name() {
  NameFrame frame = std::move(names_.back());
  names_.pop_back();
  return frame;
}

}  // namespace chalktape::language

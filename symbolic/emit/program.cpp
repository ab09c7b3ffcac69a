#include "symbolic/emit/program.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "symbolic/check/checker.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/emit/trees.hpp"
#include "symbolic/notation/door.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::emit {
namespace {

using language::Definition;
using language::Expr;
using language::Role;

std::set<std::string> names_of(const derive::Derivation& derivation) {
  const language::Layer& layer = derivation.layer;
  std::set<std::string> names(layer.sizes.begin(), layer.sizes.end());
  for (const auto& tensor : layer.tensors) names.insert({tensor.name, "d" + tensor.name});
  for (const auto& constant : layer.constants) names.insert(constant.name);
  for (const auto& definition : layer.definitions) names.insert({definition.name, "d" + definition.name});
  for (const auto& definition : derivation.introduced) names.insert(definition.name);
  for (const auto& gradient : derivation.gradients) names.insert(gradient.name);
  return names;
}

Role role_of(Statement::Kind kind) {
  const bool is_gradient = kind == Statement::Kind::intermediate || kind == Statement::Kind::result;
  return is_gradient ? Role::gradient : Role::definition;
}

/// Every formula that was rewritten has the value of the one that it stands for.
void check(const Program& program) {
  std::vector<Definition> named;
  std::vector<const Statement*> rewritten;
  for (const auto* statements : {&program.forward, &program.backward}) {
    for (const Statement& statement : *statements) {
      if (statement.kind == Statement::Kind::shift || statement.kind == Statement::Kind::introduced)
        named.push_back(statement.definition);
      if (statement.written != nullptr) rewritten.push_back(&statement);
    }
  }
  if (rewritten.empty()) return;
  const check::Checker checker(program.layer, named, check::Checker::Laws::of_functions);
  for (const Statement* const statement : rewritten) {
    const Definition& definition = statement->definition;
    const Expr left = language::access(definition.name, definition.indices, role_of(statement->kind));
    const check::Verdict verdict = checker.check(left, definition.indices, definition.value);
    if (!verdict.holds)
      throw derive::Error(
          fmt::format("the form of {} that does not overflow, {}, does not pass its check and is not shown: it is "
                      "wrong {}. This is a defect of the program; please report it with the layer",
                      definition.name, present::to_text(definition.value), verdict.where));
  }
}

/// dloss times each result.
void multiply_by_loss(Program& program, std::set<std::string> taken) {
  const Expr upstream = language::access(program.upstream.front(), {}, Role::gradient);
  std::set<std::string> read;
  for (const Statement& statement : program.backward) language::collect_names(statement.definition.value, read);
  std::vector<Statement> scaled;
  for (std::string& result : program.results) {
    const auto statement =
        std::ranges::find_if(program.backward, [&](const Statement& s) { return s.definition.name == result; });
    Definition& definition = statement->definition;
    if (!read.contains(result)) {
      definition.value = language::binary(language::Kind::multiply, upstream, definition.value);
      continue;
    }
    std::string name = result + "_scaled";
    while (!taken.insert(name).second) name += "_";
    const Expr own = language::access(result, definition.indices, Role::gradient);
    scaled.push_back({Statement::Kind::result,
                      {name, definition.indices, language::binary(language::Kind::multiply, upstream, own), {}}});
    result = name;
  }
  program.backward.insert(program.backward.end(), scaled.begin(), scaled.end());
}

std::vector<Statement> needed(const std::vector<const std::vector<Statement>*>& parts, std::set<std::string> wanted,
                              const std::set<std::string>& given) {
  std::vector<Statement> found;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    for (auto statement = (*part)->rbegin(); statement != (*part)->rend(); ++statement) {
      const std::string& name = statement->definition.name;
      if (!wanted.contains(name) || given.contains(name)) continue;
      language::collect_names(statement->definition.value, wanted);
      found.push_back(*statement);
    }
  }
  std::ranges::reverse(found);
  return found;
}

}  // namespace

std::vector<Statement> Program::for_outputs() const {
  std::set<std::string> wanted(layer.outputs.begin(), layer.outputs.end());
  wanted.insert(layer.auxiliary_outputs.begin(), layer.auxiliary_outputs.end());
  return needed({&forward}, std::move(wanted), {});
}

std::vector<Statement> Program::for_results(const std::set<std::string>& given) const {
  return needed({&forward, &backward}, {results.begin(), results.end()}, given);
}

Program safe_program(const derive::Derivation& derivation) {
  const notation::OneAtATime door;
  Program program{derivation.layer, {}, {}, {}, {}};
  for (const std::string& output : program.layer.outputs) program.upstream.push_back("d" + output);
  for (const auto& tensor : program.layer.tensors) program.results.push_back("d" + tensor.name);

  const std::set<std::string> taken = names_of(derivation);
  SafeExponentials safe(taken);
  std::vector<Rewriting> rewritings;
  const auto append = [&](std::vector<Statement>& to, Statement::Kind kind, const Definition& definition) {
    std::vector<Definition> added;
    Definition plain = definition;
    plain.value = with_functions_written_out(plain.value, definition_to_emit);
    Definition result = safe.safe(plain, added, rewritings);
    for (Definition& shift : added) to.push_back({Statement::Kind::shift, std::move(shift)});
    Statement statement{kind, std::move(result)};
    if (!language::equal(statement.definition.value, definition.value)) statement.written = definition.value;
    to.push_back(std::move(statement));
  };
  for (const Definition& definition : program.layer.definitions)
    append(program.forward, Statement::Kind::forward, definition);
  for (const Definition& definition : derivation.introduced)
    append(program.backward, Statement::Kind::introduced, definition);
  for (const derive::Gradient& gradient : derivation.gradients) {
    append(program.backward, gradient.of_tensor ? Statement::Kind::result : Statement::Kind::intermediate,
           {gradient.name, gradient.indices, gradient.value, {}});
    program.backward.back().steps = gradient.steps.size();
    if (!gradient.steps.empty()) program.backward.back().last_rule = gradient.steps.back().rule;
  }
  for (Rewriting& rewriting : rewritings) {
    const std::string text = present::to_text(rewriting.why);
    const bool known = std::ranges::any_of(program.rewritings,
                                           [&](const Rewriting& other) { return present::to_text(other.why) == text; });
    if (!known) program.rewritings.push_back(std::move(rewriting));
  }
  check(program);
  return program;
}

Program make_program(const derive::Derivation& derivation) {
  Program program = safe_program(derivation);
  if (program.layer.returns_loss()) multiply_by_loss(program, names_of(derivation));
  return program;
}

std::string origin_text(const Statement& statement) {
  switch (statement.kind) {
    case Statement::Kind::forward:
      return "as the layer defines it";
    case Statement::Kind::shift:
      return "keeps exponentials from overflowing";
    case Statement::Kind::introduced:
      return "named by the derivation";
    default:
      break;
  }
  if (statement.steps == 0) return "the upstream gradient of the loss times its gradient";
  return fmt::format("step {} of its derivation, {}", statement.steps, statement.last_rule);
}

}  // namespace chalktape::emit

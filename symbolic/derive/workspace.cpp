#include "symbolic/derive/workspace.hpp"

#include <algorithm>

#include "symbolic/derive/measure.hpp"
#include "symbolic/derive/roots.hpp"

namespace chalktape::derive {

using language::Expr;
using present::Sentence;
using rules::Known;

namespace {

/// The index letters with which the layer first reads a tensor, so that ∂L/∂W is written with W's own letters.
std::vector<std::string> letters_of(const Expr& e, const std::string& name) {
  if (e->kind == language::Kind::access && e->name == name) {
    std::vector<std::string> letters;
    for (const auto& i : e->indices) letters.push_back(i.name);
    return letters;
  }
  for (const Expr& operand : e->operands) {
    if (auto found = letters_of(operand, name); !found.empty()) return found;
  }
  return {};
}

}  // namespace

Workspace::Workspace(const language::Layer& layer, std::chrono::steady_clock::time_point deadline, bool explains)
    : layer_(layer),
      naming_(layer),
      flow_(layer, notation::formulas_of(layer)),
      named_(name_entries(layer)),
      formulas_(notation::formulas_of(named_.layer)) {
  context_.deadline = deadline;
  context_.explains = explains;
  context_.symbols = &formulas_.symbols;
  context_.naming = &naming_;
  context_.definitions = formulas_.definitions;
  context_.facts = formulas_.facts;
  name_roots(layer, formulas_, context_);
  for (Known& known : context_.known) {
    if (entry(known.formula.name) != nullptr) known.kind = Known::Kind::introduced;
  }
  for (const std::string& output : layer.outputs) {
    const notation::Symbol symbol = *formulas_.symbols.find("d" + output);
    formulas_.symbols.add(flow_.gradient_name(output), symbol);
  }
}

const language::Definition* Workspace::entry(const std::string& name) const {
  const auto found = std::find_if(named_.entries.begin(), named_.entries.end(),
                                  [&](const language::Definition& entry) { return entry.name == name; });
  return found == named_.entries.end() ? nullptr : &*found;
}

Derivation Workspace::empty_derivation() const {
  Derivation result;
  result.layer = layer_;
  for (const Known& known : context_.known) {
    if (known.kind != Known::Kind::introduced) continue;
    const language::Definition* const as_written = entry(known.formula.name);
    result.introduced.push_back(as_written != nullptr
                                    ? *as_written
                                    : language::Definition{known.formula.name,
                                                           present::index_list(known.formula.indices),
                                                           present::to_tree(known.formula.value, naming_),
                                                           {}});
  }
  return result;
}

exvector Workspace::indices_of(const std::string& name) const {
  const std::vector<std::string> ranges = formulas_.symbols.find(name)->ranges;
  std::vector<std::string> letters;
  for (const auto& definition : layer_.definitions) {
    if (definition.name == name) {
      for (const auto& i : definition.indices) letters.push_back(i.name);
    } else if (letters.empty()) {
      letters = letters_of(definition.value, name);
    }
  }
  exvector indices;
  std::vector<std::string> taken;
  for (size_t i = 0; i < ranges.size(); ++i) {
    const bool usable = i < letters.size() && std::find(taken.begin(), taken.end(), letters[i]) == taken.end();
    taken.push_back(usable ? letters[i] : naming_.bound_index(ranges[i], taken));
    indices.push_back(notation::index(taken.back(), ranges[i]));
  }
  return indices;
}

exvector Workspace::fresh_indices_of(const std::string& name) const {
  std::vector<std::string> taken = context_.scope;
  exvector indices;
  for (const std::string& range : formulas_.symbols.find(name)->ranges) {
    taken.push_back(naming_.bound_index(range, taken));
    indices.push_back(notation::index(taken.back(), range));
  }
  return indices;
}

ex Workspace::access(const std::string& name, const exvector& at) const { return formulas_.symbols.access(name, at); }

ex Workspace::gradient_of(const std::string& name, const exvector& at) const {
  if (layer_.returns_loss() && flow_.is_output(name) && !flow_.needs_derivation(name)) return 1;
  return access(flow_.gradient_name(name), at);
}

void Workspace::enter(const exvector& scope) {
  context_.scope.clear();
  for (const ex& i : scope) context_.scope.push_back(notation::as_index(i).name());
  context_.memo = std::make_shared<rules::Memo>();
}

Gradient Workspace::shown(const ex& left, const exvector& indices, const Path& path) const {
  const auto tree = [this](const ex& e) { return present::to_tree(e, naming_, context_.scope); };
  Gradient gradient;
  gradient.left = tree(left);
  gradient.indices = present::index_list(indices);
  gradient.cost = measure(path.current(), context_);
  gradient.out_of_time = path.is_cut_short();
  if (path.steps().empty() || !context_.explains) {
    gradient.value = tree(path.current());
    return gradient;
  }
  gradient.value = tree(path.steps().front().before);
  for (const RawStep& step : path.steps()) {
    Step shown{step.rule, gradient.value, tree(step.after), step.why, {}};
    gradient.value = shown.after;
    // What changed in GiNaC's form only is no step to a reader.
    if (!language::equal(shown.before, shown.after)) gradient.steps.push_back(std::move(shown));
  }
  return gradient;
}

Gradient Workspace::learned(const std::string& name, const exvector& at, const Path& path, double share) {
  const std::string gradient_name = flow_.gradient_name(name);
  Gradient gradient = shown(access(gradient_name, at), at, path);
  gradient.of = name;
  gradient.name = gradient_name;
  gradient.of_tensor = layer_.find_tensor(name) != nullptr;
  context_.known.push_back({{gradient_name, at, path.current()}, Known::Kind::gradient, gradient.of_tensor, share});
  return gradient;
}

Sentence Workspace::reason_for_chain_rule(const std::string& name, const std::vector<std::string>& through,
                                          bool returned) const {
  const Expr itself = language::access(name, {}, language::Role::definition);
  if (through.empty()) return {"no output depends on {}", {itself}};
  std::vector<Expr> users;
  for (const std::string& user : through) users.push_back(language::access(user, {}, language::Role::definition));
  Sentence why("{} reaches the loss through ", {itself});
  why.append("", present::listed(users)).append(": the chain rule adds up what comes back along ");
  why.append(through.size() > 1 ? "each" : "it");
  if (returned) why.append(", and ", Sentence("{} is returned as well", {itself}));
  const bool ends_in_loss = layer_.returns_loss() && std::any_of(through.begin(), through.end(), [&](const auto& user) {
                              return flow_.is_output(user) && !flow_.needs_derivation(user);
                            });
  if (ends_in_loss) {
    const std::string& loss = layer_.outputs.front();
    why.append("; ", Sentence("{} is the loss itself, so {} is 1",
                              {language::access(loss, {}, language::Role::definition),
                               language::access("d" + loss, {}, language::Role::gradient)}));
  }
  return why;
}

void fold_roots(Path& path, const rules::Context& context) {
  for (const Known& known : context.known) {
    if (known.kind != Known::Kind::gradient) path.apply("fold-power", context, rules::Target{&known, {}});
  }
}

}  // namespace chalktape::derive

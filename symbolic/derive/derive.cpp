#include "symbolic/derive/derive.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>

#include <fmt/core.h>

#include "symbolic/derive/chain.hpp"
#include "symbolic/derive/extrema.hpp"
#include "symbolic/derive/measure.hpp"
#include "symbolic/derive/path.hpp"
#include "symbolic/derive/roots.hpp"
#include "symbolic/derive/search.hpp"

namespace chalktape::derive {

using language::Expr;
using language::Layer;
using present::Sentence;
using rules::Context;
using rules::Known;
using Clock = std::chrono::steady_clock;

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

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

constexpr double longest_timeout = 1e6;  // what a clock's duration can hold, and more patience than anybody has

class Deriver {
 public:
  Deriver(const Layer& layer, const Options& options)
      : layer_(layer),
        naming_(layer),
        flow_(layer, notation::formulas_of(layer)),
        named_(name_entries(layer)),
        formulas_(notation::formulas_of(named_.layer)) {
    context_.deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(
                                           std::min(options.timeout_seconds, longest_timeout)));
    context_.symbols = &formulas_.symbols;
    context_.naming = &naming_;
    context_.definitions = formulas_.definitions;
    context_.facts = formulas_.facts;
    name_roots(layer, formulas_, context_);
    for (Known& known : context_.known)
      if (entry(known.formula.name) != nullptr) known.kind = Known::Kind::introduced;
    for (const std::string& output : layer.outputs) {
      const notation::Symbol symbol = *formulas_.symbols.find("d" + output);
      formulas_.symbols.add(flow_.gradient_name(output), symbol);
    }
  }

  Derivation run(const std::function<void(double)>& progress) {
    Derivation result;
    result.layer = layer_;
    for (const Known& known : context_.known) {
      if (known.kind != Known::Kind::introduced) continue;
      const language::Definition* const as_written = entry(known.formula.name);
      result.introduced.push_back(as_written != nullptr
                                      ? *as_written
                                      : language::Definition{known.formula.name,
                                                             index_list(known.formula.indices),
                                                             present::to_tree(known.formula.value, naming_),
                                                             {}});
    }
    const std::vector<std::string> order = flow_.order();
    for (const std::string& name : order) {
      if (progress) progress(static_cast<double>(result.gradients.size()) / static_cast<double>(order.size()));
      result.gradients.push_back(derive(name));
    }
    return result;
  }

 private:
  static std::vector<language::Index> index_list(const exvector& indices) {
    std::vector<language::Index> list;
    for (const ex& i : indices) list.push_back({notation::as_index(i).name(), notation::as_index(i).range(), {}});
    return list;
  }

  /// What an extremum of the layer runs over, if that is what the name stands for.
  [[nodiscard]] const language::Definition* entry(const std::string& name) const {
    const auto found = std::find_if(named_.entries.begin(), named_.entries.end(),
                                    [&](const language::Definition& entry) { return entry.name == name; });
    return found == named_.entries.end() ? nullptr : &*found;
  }

  [[nodiscard]] bool is_tensor(const std::string& name) const { return layer_.find_tensor(name) != nullptr; }

  [[nodiscard]] exvector indices_of(const std::string& name) const {
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

  /// Letters for a second set of the name's indices, none of those in scope.
  [[nodiscard]] exvector fresh_indices_of(const std::string& name) const {
    std::vector<std::string> taken = context_.scope;
    exvector indices;
    for (const std::string& range : formulas_.symbols.find(name)->ranges) {
      taken.push_back(naming_.bound_index(range, taken));
      indices.push_back(notation::index(taken.back(), range));
    }
    return indices;
  }

  [[nodiscard]] ex gradient_of(const std::string& name, const exvector& at) const {
    if (layer_.returns_loss() && flow_.is_output(name) && !flow_.needs_derivation(name)) return 1;
    return formulas_.symbols.access(flow_.gradient_name(name), at);
  }

  [[nodiscard]] Sentence reason_for_chain_rule(const std::string& name,
                                               const std::vector<std::string>& consumers) const {
    const Expr itself = language::access(name, {}, language::Role::definition);
    if (consumers.empty()) return {"no output depends on {}", {itself}};
    std::vector<Expr> users;
    for (const std::string& consumer : consumers)
      users.push_back(language::access(consumer, {}, language::Role::definition));
    Sentence why("{} reaches the loss through ", {itself});
    why.append("", present::listed(users)).append(": the chain rule adds up what comes back along ");
    why.append(consumers.size() > 1 ? "each" : "it");
    if (flow_.is_output(name)) why.append(", and ", Sentence("{} is returned as well", {itself}));
    const bool ends_in_loss =
        layer_.returns_loss() && std::any_of(consumers.begin(), consumers.end(), [&](const auto& c) {
          return flow_.is_output(c) && !flow_.needs_derivation(c);
        });
    if (ends_in_loss) {
      const std::string& loss = layer_.outputs.front();
      why.append("; ", Sentence("{} is the loss itself, so {} is 1",
                                {language::access(loss, {}, language::Role::definition),
                                 language::access("d" + loss, {}, language::Role::gradient)}));
    }
    return why;
  }

  void apply_chain_rule(Path& path, const std::string& name, const exvector& at) {
    const ex here = formulas_.symbols.access(name, at);
    const auto& consumers = flow_.consumers(name);
    ex total = 0;
    if (flow_.is_output(name)) total += formulas_.symbols.access("d" + name, at);
    for (const std::string& consumer : consumers) {
      const exvector there = fresh_indices_of(consumer);
      std::vector<std::string> held = flow_.operands(consumer);
      held.erase(std::remove(held.begin(), held.end(), name), held.end());
      const ex local = notation::partial(formulas_.symbols.access(consumer, there), here, held);
      total += notation::sum(gradient_of(consumer, there) * local, there);
    }
    path.record("chain-rule", total, reason_for_chain_rule(name, consumers));
    for (const std::string& consumer : consumers)
      path.apply("differentiate", context_, rules::Target{context_.find(consumer), {}});
    for (auto entry = named_.entries.rbegin(); entry != named_.entries.rend(); ++entry)
      path.apply("differentiate", context_, rules::Target{context_.find(entry->name), {}});
    for (const Known& known : context_.known) {
      if (known.kind != Known::Kind::gradient) path.apply("fold-power", context_, rules::Target{&known, {}});
    }
  }

  Gradient derive(const std::string& name) {
    const exvector at = indices_of(name);
    context_.scope.clear();
    for (const ex& i : at) context_.scope.push_back(notation::as_index(i).name());
    const std::string gradient_name = flow_.gradient_name(name);

    share_costs();
    context_.memo = std::make_shared<rules::Memo>();
    Path path(formulas_.symbols.access(gradient_name, at));
    apply_chain_rule(path, name, at);
    settle(path, context_);
    const Path best = search(path, context_);

    Gradient gradient;
    gradient.of = name;
    gradient.name = gradient_name;
    gradient.indices = index_list(at);
    gradient.of_tensor = is_tensor(name);
    gradient.value = present::to_tree(best.current(), naming_, context_.scope);
    gradient.cost = measure(best.current(), context_);
    for (const RawStep& step : best.steps()) {
      Step shown{step.rule,
                 present::to_tree(step.before, naming_, context_.scope),
                 present::to_tree(step.after, naming_, context_.scope),
                 step.why,
                 {}};
      // What changed in GiNaC's form only is no step to a reader.
      if (!language::equal(shown.before, shown.after)) gradient.steps.push_back(std::move(shown));
    }
    context_.known.push_back({{gradient_name, at, best.current()}, Known::Kind::gradient, gradient.of_tensor, 1});
    derived_.push_back(name);
    return gradient;
  }

  /// Before a gradient is derived: an intermediate's that some result already needs costs nothing more; the others'
  /// cost is shared by the chain rules that are still to come, this one included.
  void share_costs() {
    std::set<std::string> used;  // by the tensors' gradients so far, directly or through other names
    const std::function<void(const ex&)> walk = [&](const ex& e) {
      for (const std::string& mentioned : notation::names(e)) {
        const Known* known = context_.find(mentioned);
        if (known == nullptr || known->free || !used.insert(mentioned).second) continue;
        walk(known->formula.value);
      }
    };
    for (const Known& known : context_.known) {
      if (known.kind == Known::Kind::gradient && known.free) walk(known.formula.value);
    }
    for (const std::string& earlier : derived_) {
      const auto known = std::find_if(context_.known.begin(), context_.known.end(),
                                      [&](const Known& k) { return k.formula.name == flow_.gradient_name(earlier); });
      if (known->free) continue;
      const auto& readers = flow_.reads(earlier);
      const auto pending = std::count_if(readers.begin(), readers.end(), [&](const std::string& reader) {
        return std::find(derived_.begin(), derived_.end(), reader) == derived_.end();
      });
      known->share =
          used.contains(known->formula.name) ? 0 : 1 / static_cast<double>(std::max<std::ptrdiff_t>(1, pending));
    }
  }

  const Layer& layer_;
  present::Naming naming_;
  Flow flow_;
  NamedEntries named_;
  notation::LayerFormulas formulas_;  // with the entries
  Context context_;
  std::vector<std::string> derived_;
};

}  // namespace

Derivation derive(const Layer& layer, const Options& options) {
  const auto start = Clock::now();
  try {
    notation::forget_keys();
    Derivation derivation = Deriver(layer, options).run(options.progress);
    derivation.derive_milliseconds = milliseconds_since(start);
    return derivation;
  } catch (const rules::OutOfTime&) {
    throw Error(fmt::format("the derivation of {} takes longer than the {} seconds that it was given", layer.name,
                            options.timeout_seconds));
  } catch (const GiNaC::pole_error&) {
    throw Error(fmt::format("the layer {} divides by something that is 0 for all inputs", layer.name));
  }
}

}  // namespace chalktape::derive

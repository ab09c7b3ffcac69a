// What holds of every derivation: its steps follow from each other, and what it says can be computed.
#include <algorithm>
#include <set>

#include "symbolic/check/verify.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/rules/rule.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/formulas.hpp"

using namespace chalktape;
using derive::Derivation;
using derive::Gradient;

namespace {

const std::set<std::string>& registered_rules() {
  static const std::set<std::string> names = [] {
    std::set<std::string> all{"chain-rule"};  // it begins each derivation; what it says is the layer's structure
    for (const rules::Rule& rule : rules::registry()) all.insert(std::string(rule.name));
    return all;
  }();
  return names;
}

/// No oracle in F_p obeys a law of functions; once a derivation uses one, its steps may be beyond a test there.
bool holds_in_every_field(const std::vector<Gradient>& gradients) {
  return std::all_of(gradients.begin(), gradients.end(), [](const Gradient& gradient) {
    return holds_in_every_field(gradient.derivatives) &&
           std::all_of(gradient.steps.begin(), gradient.steps.end(),
                       [](const derive::Step& step) { return rules::rule(step.rule).holds_in_every_field; });
  });
}

/// Each step begins where the one before it ended, the last one with the value; each is named, reasoned and checked.
void check_steps(const Gradient& gradient, bool modular) {
  for (const Gradient& derivative : gradient.derivatives) check_steps(derivative, modular);
  INFO(present::to_text(gradient.left));
  REQUIRE_FALSE(gradient.steps.empty());
  CHECK(language::equal(gradient.steps.front().before, gradient.left));
  CHECK(language::equal(gradient.steps.back().after, gradient.value));
  for (size_t i = 0; i < gradient.steps.size(); ++i) {
    const auto& step = gradient.steps[i];
    INFO(step.rule << ": " << present::to_text(step.after));
    if (i > 0) CHECK(language::equal(step.before, gradient.steps[i - 1].after));
    CHECK(registered_rules().count(step.rule) == 1);
    CHECK_FALSE(present::to_text(step.why).empty());
    CHECK(step.checked.points >= 3);
    CHECK(step.checked.digits == 50);
    CHECK((step.checked.modular == 8 || (!modular && step.checked.modular == 0)));
    CHECK(step.checked.worst < 1e-40);
  }
}

/// The names that can be read at a place in a program.
class Computed {
 public:
  explicit Computed(const language::Layer& layer) {
    for (const auto& output : layer.outputs) names_.insert("d" + output);
    for (const auto& tensor : layer.tensors) names_.insert(tensor.name);
    for (const auto& constant : layer.constants) names_.insert(constant.name);
    for (const auto& definition : layer.definitions) names_.insert(definition.name);
    names_.insert(layer.sizes.begin(), layer.sizes.end());
    names_.insert("pi");
  }
  void add(const std::string& name, const language::Expr& value) {
    INFO(name);
    std::set<std::string> read;
    language::collect_names(value, read);
    for (const std::string& other : read) {
      INFO("reads " << other);
      CHECK(names_.count(other) == 1);
    }
    names_.insert(name);
  }
  [[nodiscard]] bool has(const std::string& name) const { return names_.count(name) == 1; }

 private:
  std::set<std::string> names_;
};

void check_coherence(const Derivation& d) {
  Computed by_gradients(d.layer), by_program(d.layer);
  for (const auto& introduced : d.introduced) by_gradients.add(introduced.name, introduced.value);
  for (const Gradient& gradient : d.gradients) {
    check_steps(gradient, holds_in_every_field(d.gradients));
    by_gradients.add(gradient.name, gradient.value);
  }
  for (const auto& definition : d.program()) by_program.add(definition.name, definition.value);
  for (const auto& tensor : d.layer.tensors) {
    REQUIRE(d.find(tensor.name) != nullptr);
    CHECK(by_program.has(d.find(tensor.name)->name));
  }
}

}  // namespace

TEST_CASE("every staged derivation hangs together") {
  for (const auto& entry : language::builtin_layers()) {
    INFO(entry.name);
    check_coherence(check::verified_derivation(tests::builtin(std::string(entry.name))));
  }
}

TEST_CASE("every direct derivation hangs together and ends in the staged one's forms") {
  for (const auto& entry : language::builtin_layers()) {
    INFO(entry.name);
    const language::Layer layer = tests::builtin(std::string(entry.name));
    const Derivation direct = check::verified_derivation(layer, {.style = derive::Style::direct});
    check_coherence(direct);
    const Derivation staged = derive::derive(layer);
    for (const Gradient& gradient : direct.gradients) {
      INFO(gradient.name);
      CHECK(present::to_text(gradient.value) == present::to_text(staged.find(gradient.of)->value));
    }
    CHECK(direct.program().size() == staged.program().size());
  }
}

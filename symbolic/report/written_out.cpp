#include "symbolic/report/written_out.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include <fmt/core.h>

#include "symbolic/check/checker.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/notation/door.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/report/local_derivative.hpp"
#include "symbolic/report/selection.hpp"

namespace chalktape::report {

using derive::Derivation;
using derive::Gradient;
using language::Expr;
using language::Index;
using language::Kind;
using present::IndexValues;

namespace {

constexpr std::size_t most_symbols = 20'000;
/// Each case is compared with the formula at every value of its indices.
constexpr double most_case_checks = 2'000;

class Writer {
 public:
  Writer(const Derivation& derivation, const Request& request)
      : derivation_(derivation), request_(request), local_(derivation.layer) {}

  WrittenOut write(const std::vector<std::string>& tensors) {
    WrittenOut result;
    result.sizes = request_.sizes;
    for (const auto* list : {&derivation_.layer.definitions, &derivation_.introduced}) {
      for (const auto& d : *list) {
        result.forward.push_back(table(language::access(d.name, d.indices, language::Role::definition), d.value));
      }
    }
    const Selection selection = select(derivation_, tensors);
    check_step_numbers(selection);
    for (const Gradient& gradient : derivation_.gradients) {
      const auto in = [&](const std::vector<const Gradient*>& list) {
        return std::find(list.begin(), list.end(), &gradient) != list.end();
      };
      WrittenGradient written{&gradient, {}};
      if (in(selection.derived)) {
        written.steps = steps_of(gradient);
      } else if (in(selection.used) && request_.steps.empty()) {
        const auto shown = shown_steps(gradient);
        written.steps.push_back(written_step(gradient, shown, shown.size() - 1));
      }
      if (!written.steps.empty()) result.gradients.push_back(std::move(written));
    }
    return result;
  }

 private:
  [[nodiscard]] std::vector<derive::Step> shown_steps(const Gradient& gradient) const {
    return at_detail(gradient.steps, request_.detail);
  }

  /// Whether step `number` of `of` is to be written out.
  [[nodiscard]] bool wanted(const Gradient& gradient, std::size_t number, std::size_t of) const {
    if (!request_.steps.empty()) {
      return std::any_of(request_.steps.begin(), request_.steps.end(), [&](const StepNumber& s) {
        return s.number == number && (s.gradient.empty() ? gradient.of_tensor : s.gradient == gradient.name);
      });
    }
    return request_.all_steps || number == 1 || number == of;
  }

  void check_step_numbers(const Selection& selection) const {
    for (const StepNumber& s : request_.steps) {
      std::string there;
      bool found = false;
      for (const Gradient* gradient : selection.derived) {
        const std::size_t count = shown_steps(*gradient).size();
        const bool meant = s.gradient.empty() ? gradient->of_tensor : s.gradient == gradient->name;
        found = found || (meant && s.number >= 1 && s.number <= count);
        there += fmt::format("{}{} has {}", there.empty() ? "" : ", ", gradient->name, count);
      }
      if (found) continue;
      throw derive::Error(fmt::format("--step {}{}{}: there is no such step ({}; --detail changes what counts as one)",
                                      s.gradient, s.gradient.empty() ? "" : ":", s.number, there));
    }
  }

  std::vector<WrittenStep> steps_of(const Gradient& gradient) {
    const auto shown = shown_steps(gradient);
    std::vector<WrittenStep> steps;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      if (wanted(gradient, i + 1, shown.size())) steps.push_back(written_step(gradient, shown, i));
    }
    return steps;
  }

  WrittenStep written_step(const Gradient& gradient, const std::vector<derive::Step>& shown, std::size_t i) {
    const bool all_entries = !request_.steps.empty() || request_.all_steps || i + 1 == shown.size();
    WrittenStep written{i + 1, shown.size(), shown[i], {}, {}};
    written.table = table(gradient.left, shown[i].after, !all_entries);
    for (const Expr& derivative : derivatives_in(shown[i].after)) {
      const LocalDerivative::Result local = local_.of(*derivative);
      written.derivatives.push_back(table(local.name, local.value));
    }
    return written;
  }

  /// The derivatives left to be done, of definitions by names, each once.
  [[nodiscard]] std::vector<Expr> derivatives_in(const Expr& e) const {
    std::vector<Expr> found;
    gather(e, found);
    return found;
  }

  void gather(const Expr& e, std::vector<Expr>& found) const {
    for (const Expr& operand : e->operands) gather(operand, found);
    if (e->kind != Kind::derivative || !local_.knows(*e)) return;
    const auto same = [&](const Expr& other) {
      return other->operands[0]->name == e->operands[0]->name && other->operands[1]->name == e->operands[1]->name &&
             other->held == e->held;
    };
    if (std::none_of(found.begin(), found.end(), same)) found.push_back(e);
  }

  Table table(const Expr& name, const Expr& value, bool first_only = false) {
    try {
      Table result = make_table(name, value, request_.sizes, first_only);
      for (const Entry& entry : result.entries) symbols_ += present::count_symbols(entry.value);
      if (symbols_ > most_symbols) throw present::TooLong("everything together takes more than 20,000 symbols");
      return result;
    } catch (const present::TooLong& reason) {
      throw derive::Error(
          fmt::format("written out at {}, {} is more than anybody reads ({}): choose smaller sizes, or show less "
                      "(--wrt, --step)",
                      described(request_.sizes, derivation_.layer.sizes), present::to_text(name), reason.what()));
    }
  }

  const Derivation& derivation_;
  const Request& request_;
  LocalDerivative local_;
  std::size_t symbols_ = 0;
};

/// Compares what is written out with the formulas that it comes from.
class Checking {
 public:
  Checking(const Derivation& derivation, const present::Sizes& sizes)
      : point_(derivation.layer, derivation.introduced, sizes), sizes_(sizes) {}

  void check(Table& table) {
    for (const Entry& entry : table.entries) {
      const bool right = point_.same(entry.value, present::with_literals(table.value, entry.values)) &&
                         point_.same(entry.value, entry.name);
      if (!right) wrong(entry.name, entry.value);
      ++entries_;
    }
    if (table.cases.empty()) return;
    const auto indices = all_indices(table);
    double places = 1;
    for (const Index& i : indices) places *= static_cast<double>(sizes_.at(i.range));
    if (places > most_case_checks) {
      table.cases.clear();  // what cannot be checked is not shown
      return;
    }
    for (const IndexValues& values : present::all_values(indices, sizes_)) check_case(table, values);
  }

  [[nodiscard]] std::size_t entries() const { return entries_; }

 private:
  void check_case(const Table& table, const IndexValues& values) const {
    const auto holds = [&](const present::Condition& c) {
      return (values.at(c.a.name) == values.at(c.b.name)) == c.equal;
    };
    const auto mine = std::find_if(table.cases.begin(), table.cases.end(), [&](const present::Case& c) {
      return std::all_of(c.where.begin(), c.where.end(), holds);
    });
    const Expr name = present::with_literals(table.name, values);
    if (mine == table.cases.end()) wrong(name, table.value);
    if (!point_.same(present::with_literals(mine->value, values), name)) wrong(name, mine->value);
  }

  [[noreturn]] static void wrong(const Expr& name, const Expr& value) {
    throw derive::Error(
        fmt::format("{} written out does not pass its own check and is not shown: {} is wrong. This is a defect of the "
                    "program; please report it with the layer and the sizes",
                    present::to_text(name), present::to_text(value)));
  }

  check::PointAtSizes point_;
  const present::Sizes& sizes_;
  std::size_t entries_ = 0;
};

}  // namespace

WrittenOut write_out(const Derivation& derivation, const std::vector<std::string>& tensors, const Request& request) {
  const notation::OneAtATime door;
  WrittenOut written = Writer(derivation, request).write(tensors);
  Checking checking(derivation, request.sizes);
  for (Table& table : written.forward) checking.check(table);
  for (WrittenGradient& gradient : written.gradients) {
    for (WrittenStep& step : gradient.steps) {
      checking.check(step.table);
      for (Table& derivative : step.derivatives) checking.check(derivative);
    }
  }
  written.entries = checking.entries();
  return written;
}

std::string described(const present::Sizes& sizes, const std::vector<std::string>& order) {
  std::string text;
  for (const std::string& name : order)
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, sizes.at(name));
  return text;
}

}  // namespace chalktape::report

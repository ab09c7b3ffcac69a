#include "symbolic/report/written_out.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include <fmt/core.h>

#include "symbolic/check/checker.hpp"
#include "symbolic/derive/derive.hpp"
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
constexpr std::size_t most_case_checks = 2'000;

class Writer {
 public:
  Writer(const Derivation& derivation, const Request& request)
      : derivation_(derivation),
        request_(request),
        point_(derivation.layer, derivation.introduced, request.sizes),
        local_(derivation.layer) {}

  WrittenOut write(const std::vector<std::string>& tensors) {
    WrittenOut result;
    result.sizes = request_.sizes;
    for (const auto* list : {&derivation_.layer.definitions, &derivation_.introduced}) {
      for (const auto& d : *list) {
        result.forward.push_back(
            table(language::access(d.name, d.indices, language::Role::definition), d.value, d.indices, {}, false));
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
    result.entries = entries_;
    return result;
  }

 private:
  [[nodiscard]] std::vector<derive::Step> shown_steps(const Gradient& gradient) const {
    return at_detail(gradient.steps, request_.detail.value_or(Detail::normal));
  }

  /// Whether step `number` of `of` is to be written out.
  [[nodiscard]] bool wanted(const Gradient& gradient, std::size_t number, std::size_t of) const {
    if (!request_.steps.empty()) {
      return std::any_of(request_.steps.begin(), request_.steps.end(), [&](const StepNumber& s) {
        return s.number == number && (s.gradient.empty() ? gradient.of_tensor : s.gradient == gradient.name);
      });
    }
    return request_.detail || number == 1 || number == of;
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
    const bool all_entries = !request_.steps.empty() || request_.detail || i + 1 == shown.size();
    WrittenStep written{i + 1, shown.size(), shown[i], {}, {}};
    written.table = table(name_of(gradient), shown[i].after, gradient.indices, {}, !all_entries);
    for (const Expr& derivative : derivatives_in(shown[i].after)) written.derivatives.push_back(jacobian(derivative));
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

  /// ∂xhat_kl/∂x_ij by all k and l, at i = j = 1.
  Table jacobian(const Expr& derivative) {
    const LocalDerivative::Result result = local_.of(*derivative);
    IndexValues first;
    for (const Index& i : result.name->operands[1]->indices) first[i.name] = 1;
    return table(result.name, result.value, result.name->operands[0]->indices, first, false);
  }

  Table table(const Expr& name, const Expr& value, const std::vector<Index>& indices, const IndexValues& fixed,
              bool first_only) {
    Table result{name, value, indices, {}, fixed, {}, false, {}};
    for (const Index& i : indices) {
      result.dimensions.push_back(request_.sizes.at(i.range));
      result.first_only = result.first_only || (first_only && result.dimensions.back() > 1);
    }
    try {
      for (IndexValues values : present::all_values(indices, request_.sizes)) {
        values.insert(fixed.begin(), fixed.end());
        result.entries.push_back(entry(name, value, values));
        if (result.first_only) break;
      }
    } catch (const present::TooLong&) {
      too_long(name);
    }
    result.cases = cases(result);
    return result;
  }

  Entry entry(const Expr& name, const Expr& value, const IndexValues& values) {
    Entry result{present::with_literals(name, values), present::written_out(value, request_.sizes, values)};
    symbols_ += present::count_symbols(result.value);
    if (symbols_ > most_symbols) too_long(name);
    if (!point_.same(result.value, present::with_literals(value, values)) || !point_.same(result.value, result.name))
      wrong(result.name, result.value);
    ++entries_;
    return result;
  }

  /// The cases of a table's formula, those of the fixed indices included.
  std::vector<present::Case> cases(const Table& table) const {
    std::vector<Index> free;
    if (table.name->kind == Kind::derivative) free = table.name->operands[1]->indices;
    free.insert(free.end(), table.indices.begin(), table.indices.end());
    auto found = present::cases_of(table.value, free);
    if (found.empty()) return found;
    const auto everywhere = present::all_values(free, request_.sizes);
    if (everywhere.size() > most_case_checks) return {};
    for (const IndexValues& values : everywhere) {
      const auto holds = [&](const present::Condition& c) {
        return (values.at(c.a.name) == values.at(c.b.name)) == c.equal;
      };
      const auto mine = std::find_if(found.begin(), found.end(), [&](const present::Case& c) {
        return std::all_of(c.where.begin(), c.where.end(), holds);
      });
      const Expr name = present::with_literals(table.name, values);
      if (mine == found.end() || !point_.same(present::with_literals(mine->value, values), name))
        wrong(name, mine == found.end() ? table.value : mine->value);
    }
    return found;
  }

  [[noreturn]] void too_long(const Expr& name) const {
    throw derive::Error(
        fmt::format("written out at {}, {} takes what is shown over {} symbols, more than anybody reads: choose "
                    "smaller sizes, or show less (--wrt, --step)",
                    described(request_.sizes, derivation_.layer.sizes), present::to_text(name), most_symbols));
  }

  [[noreturn]] static void wrong(const Expr& name, const Expr& value) {
    throw derive::Error(
        fmt::format("{} written out does not pass its own check and is not shown: {} is wrong. This is a defect of the "
                    "program; please report it with the layer and the sizes",
                    present::to_text(name), present::to_text(value)));
  }

  const Derivation& derivation_;
  const Request& request_;
  check::PointAtSizes point_;
  LocalDerivative local_;
  std::size_t symbols_ = 0, entries_ = 0;
};

Expr with_indices(const Expr& e, std::vector<Index> indices) {
  language::Expression copy = *e;
  copy.indices = std::move(indices);
  return std::make_shared<const language::Expression>(std::move(copy));
}

}  // namespace

WrittenOut write_out(const Derivation& derivation, const std::vector<std::string>& tensors, const Request& request) {
  return Writer(derivation, request).write(tensors);
}

Expr flattened_extrema(const Expr& e) {
  if (e->operands.empty()) return e;
  language::Expression copy = *e;
  copy.operands.clear();
  const bool is_extremum = e->kind == Kind::call && (e->name == "max" || e->name == "min");
  for (const Expr& operand : e->operands) {
    const Expr flat = flattened_extrema(operand);
    if (is_extremum && flat->kind == Kind::call && flat->name == e->name) {
      copy.operands.insert(copy.operands.end(), flat->operands.begin(), flat->operands.end());
    } else {
      copy.operands.push_back(flat);
    }
  }
  return std::make_shared<const language::Expression>(std::move(copy));
}

Expr slice_name(const Table& table, std::size_t slice, const std::string& placeholder) {
  std::vector<Index> indices;
  const std::size_t rank = table.indices.size();
  if (rank > 2) {
    indices = table.indices;
    for (std::size_t axis = rank - 2; axis-- > 0;) {
      const auto length = static_cast<std::size_t>(table.dimensions[axis]);
      indices[axis].name = std::to_string(slice % length + 1);
      slice /= length;
    }
    indices[rank - 2].name = indices[rank - 1].name = placeholder;
  }
  if (table.name->kind != Kind::derivative) return with_indices(table.name, indices);
  language::Expression copy = *table.name;
  copy.operands = {with_indices(copy.operands[0], indices), present::with_literals(copy.operands[1], table.fixed)};
  return std::make_shared<const language::Expression>(std::move(copy));
}

std::string described(const present::Sizes& sizes, const std::vector<std::string>& order) {
  std::string text;
  for (const std::string& name : order)
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, sizes.at(name));
  return text;
}

}  // namespace chalktape::report

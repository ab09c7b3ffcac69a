#include "symbolic/check/proof.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "symbolic/check/point.hpp"
#include "symbolic/check/proof_field.hpp"
#include "symbolic/check/proof_sizes.hpp"

namespace chalktape::check {

using Comparison = Symbolic::Comparison;

namespace {

/// "[1,3]", 1-based, of a row-major position; "" for a scalar.
std::string entry_name(std::size_t position, const std::vector<std::int64_t>& dimensions) {
  std::string text;
  for (std::size_t axis = dimensions.size(); axis-- > 0;) {
    const auto length = static_cast<std::size_t>(dimensions[axis]);
    text = fmt::format("{}{}{}", position % length + 1, text.empty() ? "" : ",", text);
    position /= length;
  }
  return text.empty() ? "" : "[" + text + "]";
}

}  // namespace

/// What a proof came to grief over.
struct Obstacle {
  bool is_size = false;  ///< smaller sizes may do
  std::string reason;
};

/// A layer written out at some sizes, and the work that is left for it.
struct Prover::State {
  State(const language::Layer& l, const std::vector<language::Definition>& introduced, Sizes s, std::uint64_t work);

  language::Layer layer;
  Sizes sizes;
  Symbolic field;
  std::uint64_t work_left;
  std::unique_ptr<Point<Symbolic>> point;
  std::optional<Obstacle> obstacle;  ///< to any proof at these sizes
  /// All assumptions are in what the proof knows, so that what differs at a real point is wrong.
  bool assumptions_used = true;

  void write_out(const std::vector<language::Definition>& introduced);
  PointData<Symbolic> symbols();
  std::vector<Symbolic::Element> symbols_of(Generator prototype, const std::vector<std::string>& ranges);
  void use_assumptions(const PointData<Symbolic>& data);
  Comparison compare(const language::Expr& left, const std::vector<language::Index>& indices,
                     const language::Expr& value, std::string& where);

  /// Throws TooLarge where evaluating alone would take more than the work that is left.
  void require_affordable(const std::vector<language::Index>& indices, const language::Expr& value) const;
  /// Runs f with a share of the work. Returns what it came to grief over.
  template <class F>
  std::optional<Obstacle> attempt(std::uint64_t share, const F& f);
  ProofVerdict prove(const language::Expr& left, const std::vector<language::Index>& indices,
                     const language::Expr& value, std::uint64_t share);
};

template <class F>
std::optional<Obstacle> Prover::State::attempt(std::uint64_t share, const F& f) {
  Ring& ring = field.ring();
  const std::uint64_t before = ring.spent();
  std::optional<Obstacle> obstacle;
  ring.allow(share);
  try {
    f();
  } catch (const TooLarge&) {
    obstacle = Obstacle{true, "too large"};
  } catch (const NotApplicable& why) {
    obstacle = Obstacle{false, why.what()};
  } catch (const Redraw& why) {
    obstacle = Obstacle{false, why.what()};
  }
  work_left -= std::min(work_left, ring.spent() - before);
  return obstacle;
}

std::vector<Symbolic::Element> Prover::State::symbols_of(Generator prototype, const std::vector<std::string>& ranges) {
  const std::size_t count = entry_count(ranges, sizes);
  std::vector<Symbolic::Element> entries;
  for (prototype.position = 0; prototype.position < count; ++prototype.position)
    entries.push_back(field.symbol(prototype));
  return entries;
}

PointData<Symbolic> Prover::State::symbols() {
  PointData<Symbolic> data;
  const auto bounds = bounds_of(layer);
  for (const auto& tensor : layer.tensors) {
    Generator entry;
    entry.source = Generator::Source::tensor;
    entry.name = tensor.name;
    const auto own = bounds.find(tensor.name);
    if (own != bounds.end() && own->second.low) {
      entry.nonnegative = !own->second.low->is_negative();
      entry.positive = own->second.low->is_positive();
    }
    data.tensors[tensor.name] = symbols_of(entry, tensor.sizes);
  }
  for (const auto& constant : layer.constants) {
    Generator symbol;
    symbol.source = Generator::Source::constant;
    symbol.name = constant.name;
    // A constant is what it is by default: see notation::formulas_of.
    if (constant.default_value)
      symbol.by_default = cln::the<cln::cl_RA>(notation::exact_number(*constant.default_value).to_cl_N());
    symbol.nonnegative = symbol.positive =
        constant.default_value && notation::exact_number(*constant.default_value).is_positive();
    data.constants.emplace(constant.name, field.symbol(symbol));
  }
  for (const auto& output : layer.outputs) {
    Generator entry;
    entry.source = Generator::Source::upstream;
    entry.name = output;
    data.upstream[output] = symbols_of(entry, layer.ranges_of(output).value_or(std::vector<std::string>{}));
  }
  return data;
}

void Prover::State::use_assumptions(const PointData<Symbolic>& data) {
  const auto bounds = bounds_of(layer);
  const std::vector<language::Definition> none;
  Evaluator<Symbolic> evaluator(field, sizes, none);
  for (const auto& [name, value] : data.constants) evaluator.set_scalar(name, value);
  for (const auto& tensor : layer.tensors) {
    Evaluator<Symbolic>::Array array;
    for (const auto& range : tensor.sizes) array.dimensions.push_back(sizes.at(range));
    for (const auto& entry : data.tensors.at(tensor.name)) array.entries.push_back({entry, -1});
    evaluator.set(tensor.name, std::move(array));
  }
  for (const language::Assumption& a : layer.assumptions) {
    if (a.relation != language::Relation::equal) {
      const auto is_bound = [&](const language::Expr& e) {
        return e->kind == language::Kind::access && bounds.contains(e->name) && language::reaches_all_entries(*e);
      };
      assumptions_used = assumptions_used && (is_bound(a.left) || is_bound(a.right));
      continue;
    }
    try {
      const auto left = evaluator.all_entries(a.indices, a.left), right = evaluator.all_entries(a.indices, a.right);
      for (std::size_t i = 0; i < left.entries.size(); ++i)
        field.assume_zero(Symbolic::subtract(left.entries[i].value, right.entries[i].value));
    } catch (const NotApplicable&) {
      assumptions_used = false;  // it may be that the formula does not need it
    }
  }
}

void Prover::State::write_out(const std::vector<language::Definition>& introduced) {
  for (const auto& definition : layer.definitions) require_affordable(definition.indices, definition.value);
  for (const auto& definition : introduced) require_affordable(definition.indices, definition.value);
  const PointData<Symbolic> data = symbols();
  use_assumptions(data);
  point = std::make_unique<Point<Symbolic>>(layer, introduced, field, sizes, data);
}

void Prover::State::require_affordable(const std::vector<language::Index>& indices, const language::Expr& value) const {
  if (scalar_operations(indices, value, sizes) > static_cast<double>(work_left)) throw TooLarge("a formula");
}

Comparison Prover::State::compare(const language::Expr& left, const std::vector<language::Index>& indices,
                                  const language::Expr& value, std::string& where) {
  require_affordable(indices, left);
  require_affordable(indices, value);
  const auto truth = point->evaluate(indices, left);
  const auto found = point->evaluate(indices, value);
  Comparison all = Comparison::same;
  for (std::size_t i = 0; i < truth.entries.size(); ++i) {
    const Comparison comparison = field.compare(truth.entries[i].value, found.entries[i].value, i == 0);
    if (comparison == Comparison::same) continue;
    if (all == Comparison::same) where = entry_name(i, truth.dimensions);
    all = comparison;
    if (comparison == Comparison::same_but_for_ties) continue;
    where = entry_name(i, truth.dimensions);
    return comparison == Comparison::different && !assumptions_used ? Comparison::undecided : comparison;
  }
  return all;
}

Prover::State::State(const language::Layer& l, const std::vector<language::Definition>& introduced, Sizes s,
                     std::uint64_t work)
    : layer(l), sizes(std::move(s)), field(layer, sizes), work_left(work) {
  obstacle = attempt(work_left, [&] { write_out(introduced); });
}

ProofVerdict Prover::State::prove(const language::Expr& left, const std::vector<language::Index>& indices,
                                  const language::Expr& value, std::uint64_t share) {
  ProofVerdict verdict;
  for (const std::string& size : layer.sizes) verdict.proof.sizes.emplace_back(size, sizes.at(size));
  Comparison comparison = Comparison::undecided;
  const std::optional<Obstacle> met =
      obstacle ? obstacle : attempt(share, [&] { comparison = compare(left, indices, value, verdict.where); });
  if (met) {
    verdict.too_large = met->is_size;
    verdict.proof.reason = met->reason;
    return verdict;
  }
  verdict.but_for_ties = comparison == Comparison::same_but_for_ties;
  verdict.proof.proved = comparison == Comparison::same || verdict.but_for_ties;
  verdict.refuted = comparison == Comparison::different;
  if (comparison == Comparison::undecided) verdict.proof.reason = "it needs a law that the proof does not know";
  return verdict;
}

Prover::Prover(const language::Layer& layer, const std::vector<language::Definition>& introduced, std::uint64_t work)
    : layer_(layer), introduced_(introduced), work_(work) {}

Prover::~Prover() = default;

ProofVerdict Prover::prove(const language::Expr& left, const std::vector<language::Index>& indices,
                           const language::Expr& value, std::size_t further) {
  const std::vector<Sizes> candidates = proof_sizes(layer_);
  ProofVerdict verdict;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (states_.size() <= i) states_.push_back(std::make_unique<State>(layer_, introduced_, candidates[i], work_));
    verdict = states_[i]->prove(left, indices, value, states_[i]->work_left / (1 + further));
    if (!verdict.too_large) break;
  }
  return verdict;
}

std::uint64_t Prover::work_done() const {
  std::uint64_t done = 0;
  for (const auto& state : states_) done += state->field.ring().spent();
  return done;
}

}  // namespace chalktape::check

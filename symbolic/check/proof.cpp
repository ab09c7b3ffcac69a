#include "symbolic/check/proof.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "symbolic/check/point.hpp"
#include "symbolic/check/proof_field.hpp"

namespace chalktape::check {

using Comparison = Symbolic::Comparison;

namespace {

constexpr std::int64_t smallest_size = 3;
/// Sizes differ, so that N cannot be taken for D, as long as the largest array is not larger than this.
constexpr std::int64_t most_entries = 1000;

/// The sizes of the largest array multiplied.
std::int64_t largest_array(const language::Layer& layer, const std::map<std::string, std::int64_t>& sizes) {
  std::int64_t largest = 1;
  const auto consider = [&](const std::string& name) {
    std::int64_t entries = 1;
    for (const std::string& range : layer.ranges_of(name).value_or(std::vector<std::string>{}))
      entries *= sizes.at(range);
    largest = std::max(largest, entries);
  };
  for (const auto& tensor : layer.tensors) consider(tensor.name);
  for (const auto& definition : layer.definitions) consider(definition.name);
  return largest;
}

std::map<std::string, std::int64_t> proof_sizes(const language::Layer& layer) {
  std::map<std::string, std::int64_t> equal, different;
  for (std::size_t i = 0; i < layer.sizes.size(); ++i) {
    equal[layer.sizes[i]] = smallest_size;
    different[layer.sizes[i]] = smallest_size + static_cast<std::int64_t>(i);
  }
  return largest_array(layer, different) <= most_entries ? different : equal;
}

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

struct Prover::State {
  State(language::Layer l, std::uint64_t work)
      : layer(std::move(l)), sizes(proof_sizes(layer)), field(layer, sizes), work_left(work) {}

  language::Layer layer;
  std::map<std::string, std::int64_t> sizes;
  Symbolic field;
  std::uint64_t work_left;
  std::unique_ptr<Point<Symbolic>> point;
  std::string no_proof;  ///< why there can be none of any gradient
  /// All assumptions are in what the proof knows, so that what differs at a real point is wrong.
  bool assumptions_used = true;

  void write_out(const std::vector<language::Definition>& introduced);
  PointData<Symbolic> symbols();
  std::vector<Symbolic::Element> symbols_of(Generator prototype, const std::vector<std::string>& ranges);
  void use_assumptions(const PointData<Symbolic>& data);
  Comparison compare(const std::string& name, const std::vector<language::Index>& indices, const language::Expr& value,
                     std::string& where);

  /// Runs f with a share of the work. Returns why it came to nothing, or "".
  template <class F>
  std::string attempt(std::uint64_t share, const F& f);
};

template <class F>
std::string Prover::State::attempt(std::uint64_t share, const F& f) {
  Ring& ring = field.ring();
  const std::uint64_t before = ring.spent();
  std::string reason;
  ring.allow(share);
  try {
    f();
  } catch (const TooLarge&) {
    reason = "too large";
  } catch (const NotApplicable& why) {
    reason = why.what();
  } catch (const Redraw& why) {
    reason = why.what();
  }
  work_left -= std::min(work_left, ring.spent() - before);
  return reason;
}

std::vector<Symbolic::Element> Prover::State::symbols_of(Generator prototype, const std::vector<std::string>& ranges) {
  std::size_t count = 1;
  for (const std::string& range : ranges) count *= static_cast<std::size_t>(sizes.at(range));
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
  const PointData<Symbolic> data = symbols();
  use_assumptions(data);
  point = std::make_unique<Point<Symbolic>>(layer, introduced, field, sizes, data);
}

Comparison Prover::State::compare(const std::string& name, const std::vector<language::Index>& indices,
                                  const language::Expr& value, std::string& where) {
  const auto& truth = point->array(name);
  const auto found = point->evaluate(indices, value);
  for (std::size_t i = 0; i < truth.entries.size(); ++i) {
    const Comparison comparison = field.compare(truth.entries[i].value, found.entries[i].value);
    if (comparison == Comparison::same) continue;
    where = name + entry_name(i, truth.dimensions);
    return comparison == Comparison::different && !assumptions_used ? Comparison::undecided : comparison;
  }
  return Comparison::same;
}

Prover::Prover(const language::Layer& layer, const std::vector<language::Definition>& introduced, std::uint64_t work)
    : state_(std::make_unique<State>(layer, work)) {
  state_->no_proof = state_->attempt(state_->work_left, [&] { state_->write_out(introduced); });
}

Prover::~Prover() = default;

ProofVerdict Prover::prove(const std::string& name, const std::vector<language::Index>& indices,
                           const language::Expr& value, std::size_t further) {
  ProofVerdict verdict;
  for (const std::string& size : state_->layer.sizes) verdict.proof.sizes.emplace_back(size, state_->sizes.at(size));
  verdict.proof.reason = state_->no_proof;
  if (!verdict.proof.reason.empty()) return verdict;
  Comparison comparison = Comparison::undecided;
  verdict.proof.reason = state_->attempt(state_->work_left / (1 + further), [&] {
    comparison = state_->compare(name, indices, value, verdict.where);
  });
  if (!verdict.proof.reason.empty()) return verdict;
  verdict.proof.proved = comparison == Comparison::same;
  verdict.refuted = comparison == Comparison::different;
  if (comparison == Comparison::undecided) verdict.proof.reason = "it needs a law that the proof does not know";
  return verdict;
}

std::uint64_t Prover::work_done() const { return state_->field.ring().spent(); }

}  // namespace chalktape::check

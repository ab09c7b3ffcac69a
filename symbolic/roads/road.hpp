// A road from a layer's forward formula to its gradients.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tensor/tensor.hpp"
#include "symbolic/derive/derivation.hpp"
#include "symbolic/roads/problem.hpp"

namespace chalktape::roads {

/// What the way back costs, in arrays of the layer's largest rank (N×D and not D, say).
struct Cost {
  std::int64_t sweeps = 0;  ///< passes over such arrays
  std::int64_t saved = 0;   ///< such arrays that are kept from the forward pass
};

struct Walk {
  /// By tensor; NaN where an entry was not computed. Only a candidate may leave tensors out.
  std::map<std::string, engine::Tensor> gradients;
  Cost cost;
  std::vector<std::string> notes;  ///< for the reader: entries that were left out, and why
  /// Entries that the road left out, by tensor, in ascending order: they are not compared.
  std::map<std::string, std::vector<std::int64_t>> skipped;
};

class Road {
 public:
  Road() = default;
  Road(const Road&) = delete;
  Road& operator=(const Road&) = delete;
  Road(Road&&) = delete;
  Road& operator=(Road&&) = delete;
  virtual ~Road() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Why the road does not exist for this layer; nullopt where it does.
  [[nodiscard]] virtual std::optional<std::string> unavailable(const language::Layer& layer) = 0;
  /// Whether it computes in f64 by central differences: it then keeps about half of the digits.
  [[nodiscard]] virtual bool is_difference() const { return false; }
  /// Whether its numbers come from outside: what they cost is not known.
  [[nodiscard]] virtual bool is_candidate() const { return false; }
  /// Only where it exists. Throws Error, lower::Error or engine::Error.
  [[nodiscard]] virtual Walk walk(const Problem& problem) = 0;
};

/// Reverse mode over the graph of atomic ops.
[[nodiscard]] std::unique_ptr<Road> tape_road();
/// The derivation's closed forms, lowered to the engine; exponentials in the form that does not overflow.
[[nodiscard]] std::unique_ptr<Road> derived_road();
/// The same for a layer that is derived already. Throws derive::Error (emit::safe_program).
[[nodiscard]] std::unique_ptr<Road> derived_road(const derive::Derivation& derivation);
/// The derived formulas as emitted C++, compiled by the machine's compiler in a private temporary folder, loaded and
/// run.
[[nodiscard]] std::unique_ptr<Road> emitted_road();
/// The kernel written by hand, for the layer that it computes.
[[nodiscard]] std::unique_ptr<Road> fused_road();
/// Central differences in f64.
[[nodiscard]] std::unique_ptr<Road> difference_road();
/// Somebody's own numbers for some of the gradients, by tensor, of the shapes that the problem has.
[[nodiscard]] std::unique_ptr<Road> candidate_road(std::map<std::string, engine::Tensor> gradients);
/// All of them but candidates, in this order.
[[nodiscard]] std::vector<std::unique_ptr<Road>> all_roads();

}  // namespace chalktape::roads

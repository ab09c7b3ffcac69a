#include "symbolic/roads/diagnosis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace chalktape::roads {
namespace {

/// An explanation need not hold to the last bit: the gradient was rounded on its way.
constexpr double tolerance_f32 = 1e-3, tolerance_f64 = 1e-6;
/// Entries that are small beside the largest one are mostly rounding.
constexpr double negligible = 1e-4;

class Diagnostician {
 public:
  Diagnostician(const Problem& problem, const std::string& name, const std::vector<double>& values,
                const std::vector<double>& reference, const KnownArrays& known)
      : problem_(problem),
        ranges_(problem.layer.ranges_of(name).value_or(std::vector<std::string>{})),
        values_(values),
        reference_(reference),
        known_(known),
        tolerance_(problem.dtype == engine::DType::f32 ? tolerance_f32 : tolerance_f64) {
    for (const std::string& range : ranges_) dimensions_.push_back(problem.sizes.at(range));
    for (const double x : reference) scale_ = std::max(scale_, std::abs(x));
    for (const double x : values) scale_ = std::isfinite(x) ? std::max(scale_, std::abs(x)) : scale_;
  }

  Diagnosis run() {
    Diagnosis diagnosis;
    std::size_t worst = 0;
    double farthest = -1;
    bool finite = true;
    for (std::size_t k = 0; k < values_.size(); ++k) {
      finite = finite && std::isfinite(values_[k]);
      const double distance =
          std::isfinite(values_[k]) ? std::abs(values_[k] - reference_[k]) : std::numeric_limits<double>::infinity();
      if (distance > farthest) worst = k;
      farthest = std::max(farthest, distance);
    }
    if (values_.empty()) return diagnosis;
    for (const std::int64_t at : place(worst)) diagnosis.entry.push_back(at + 1);
    diagnosis.value = values_[worst];
    diagnosis.reference = reference_[worst];
    diagnosis.guess = finite ? guess() : "an entry is not a number that can be compared";
    return diagnosis;
  }

 private:
  [[nodiscard]] std::vector<std::int64_t> place(std::size_t flat) const {
    std::vector<std::int64_t> at(dimensions_.size());
    for (std::size_t axis = dimensions_.size(); axis-- > 0;) {
      at[axis] = static_cast<std::int64_t>(flat) % dimensions_[axis];
      flat /= static_cast<std::size_t>(dimensions_[axis]);
    }
    return at;
  }

  [[nodiscard]] bool close(double a, double b) const { return std::abs(a - b) <= tolerance_ * scale_; }

  /// Whether factor(k) · reference[k] is what stands everywhere, and the factor means something somewhere.
  template <class Factor>
  [[nodiscard]] bool is_multiple(const Factor& factor) const {
    bool seen = false;
    for (std::size_t k = 0; k < values_.size(); ++k) {
      const double f = factor(k);
      if (!std::isfinite(f) || std::abs(values_[k] - f * reference_[k]) > tolerance_ * scale_) return false;
      seen = seen || std::abs(values_[k]) > negligible * scale_;
    }
    return seen;
  }

  [[nodiscard]] std::string guess() const {
    for (const auto& find : {&Diagnostician::vanished, &Diagnostician::constant_factor, &Diagnostician::known_factor,
                             &Diagnostician::exchanged_axes, &Diagnostician::additive_term}) {
      if (std::string text = (this->*find)(); !text.empty()) return text;
    }
    return {};
  }

  [[nodiscard]] std::string vanished() const {
    const bool all_zero = std::all_of(values_.begin(), values_.end(), [](double x) { return x == 0; });
    return all_zero ? "every entry is 0: nothing was written there" : "";
  }

  /// The names of numbers that people forget or multiply in: 2, N, N·D, √D, …
  [[nodiscard]] std::vector<std::pair<double, std::string>> constants() const {
    std::vector<std::pair<double, std::string>> named{{2, "2"}};
    const auto& sizes = problem_.layer.sizes;
    for (std::size_t a = 0; a < sizes.size(); ++a) {
      const auto n = static_cast<double>(problem_.sizes.at(sizes[a]));
      named.emplace_back(n, sizes[a]);
      named.emplace_back(std::sqrt(n), "sqrt(" + sizes[a] + ")");
      named.emplace_back(n - 1, sizes[a] + " - 1");
      named.emplace_back(n / (n - 1), fmt::format("{0}/({0} - 1)", sizes[a]));
      for (std::size_t b = a; b < sizes.size(); ++b)
        named.emplace_back(n * static_cast<double>(problem_.sizes.at(sizes[b])), sizes[a] + "*" + sizes[b]);
    }
    for (const auto& [name, value] : problem_.constants) named.emplace_back(value, name);
    return named;
  }

  [[nodiscard]] std::string constant_factor() const {
    const auto largest = std::max_element(reference_.begin(), reference_.end(),
                                          [](double a, double b) { return std::abs(a) < std::abs(b); });
    const double reference = *largest;
    if (reference == 0) return {};
    const double factor = values_[static_cast<std::size_t>(largest - reference_.begin())] / reference;
    if (!is_multiple([&](std::size_t /*k*/) { return factor; })) return {};
    if (std::abs(factor + 1) < tolerance_) return "every entry has the wrong sign";
    const double magnitude = std::abs(factor);
    const std::string sign = factor < 0 ? "minus " : "";
    for (const auto& [value, text] : constants()) {
      if (std::abs(magnitude - value) < tolerance_ * value)
        return fmt::format(
            "every entry is {}{} times what it should be: a factor too many, or a division by {} "
            "forgotten",
            sign, text, text);
      if (std::abs(magnitude * value - 1) < tolerance_)
        return fmt::format(
            "every entry is {}1/({}) times what it should be: a division too many, or a factor {} "
            "forgotten",
            sign, text, text);
    }
    return fmt::format("every entry is {:.6g} times what it should be", factor);
  }

  /// The entry of a known array that belongs to an entry of the gradient; nothing where its axes are not among these.
  [[nodiscard]] std::optional<std::vector<std::size_t>> axes_of(const KnownArray& array) const {
    std::vector<std::size_t> axes;
    for (const std::string& range : array.ranges) {
      const auto axis = std::find(ranges_.begin(), ranges_.end(), range);
      if (axis == ranges_.end()) return std::nullopt;
      axes.push_back(static_cast<std::size_t>(axis - ranges_.begin()));
    }
    return axes;
  }

  [[nodiscard]] double entry_of(const KnownArray& array, const std::vector<std::size_t>& axes, std::size_t k) const {
    const auto at = place(k);
    std::size_t flat = 0;
    for (const std::size_t axis : axes)
      flat = flat * static_cast<std::size_t>(dimensions_[axis]) + static_cast<std::size_t>(at[axis]);
    return array.values.at(flat);
  }

  [[nodiscard]] std::string known_factor() const {
    static constexpr std::array<std::pair<double, const char*>, 6> powers{
        {{1, "{}"}, {-1, "1/{}"}, {2, "{}^2"}, {-2, "1/{}^2"}, {0.5, "sqrt({})"}, {-0.5, "1/sqrt({})"}}};
    for (const auto& known : known_) {
      const auto& name = known.first;
      const auto& array = known.second;
      const auto axes = axes_of(array);
      if (!axes) continue;
      for (const auto& [power, text] : powers) {
        if (is_multiple([&, p = power](std::size_t k) { return std::pow(entry_of(array, *axes, k), p); })) {
          const std::string factor = fmt::format(fmt::runtime(text), name);
          return fmt::format("every entry is what it should be times {}: a factor too many, or its inverse forgotten",
                             factor);
        }
      }
    }
    return {};
  }

  [[nodiscard]] std::string exchanged_axes() const {
    for (std::size_t a = 0; a < dimensions_.size(); ++a) {
      for (std::size_t b = a + 1; b < dimensions_.size(); ++b) {
        if (dimensions_[a] == dimensions_[b] && is_exchanged(a, b))
          return fmt::format("the axes {} and {} are exchanged", ranges_[a], ranges_[b]);
      }
    }
    return {};
  }

  [[nodiscard]] bool is_exchanged(std::size_t a, std::size_t b) const {
    for (std::size_t k = 0; k < values_.size(); ++k) {
      auto at = place(k);
      std::swap(at[a], at[b]);
      std::size_t flat = 0;
      for (std::size_t axis = 0; axis < at.size(); ++axis)
        flat = flat * static_cast<std::size_t>(dimensions_[axis]) + static_cast<std::size_t>(at[axis]);
      if (!close(values_[k], reference_[flat])) return false;
    }
    return true;
  }

  /// Whether (values − reference)/divisor does not depend on that axis.
  template <class Divisor>
  [[nodiscard]] bool is_constant_along(std::size_t axis, const Divisor& divisor) const {
    const std::size_t length = static_cast<std::size_t>(dimensions_[axis]);
    std::size_t stride = 1;
    for (std::size_t inner = axis + 1; inner < dimensions_.size(); ++inner)
      stride *= static_cast<std::size_t>(dimensions_[inner]);
    if (length < 3) return false;  // two numbers are in proportion soon
    for (std::size_t k = 0; k < values_.size(); ++k) {
      if (k / stride % length != 0) continue;
      // The term by the entry at which the divisor is largest, then compared with all others.
      std::size_t best = k;
      for (std::size_t i = 1; i < length; ++i) {
        if (std::abs(divisor(k + i * stride)) > std::abs(divisor(best))) best = k + i * stride;
      }
      if (divisor(best) == 0) return false;
      const double factor = (values_[best] - reference_[best]) / divisor(best);
      for (std::size_t i = 0; i < length; ++i) {
        const std::size_t other = k + i * stride;
        if (!close(values_[other] - reference_[other], factor * divisor(other))) return false;
      }
    }
    return true;
  }

  [[nodiscard]] std::string additive_term() const {
    for (std::size_t axis = 0; axis < dimensions_.size(); ++axis) {
      if (is_constant_along(axis, [](std::size_t /*k*/) { return 1.0; }))
        return fmt::format(
            "what is wrong is the same for all {0} along {0}: a sum or mean over {0} is missing, added "
            "or wrong",
            ranges_[axis]);
    }
    for (const auto& known : known_) {
      const auto& name = known.first;
      const auto& array = known.second;
      const auto axes = axes_of(array);
      if (!axes || axes->size() != dimensions_.size() || dimensions_.empty()) continue;
      for (std::size_t axis = 0; axis < dimensions_.size(); ++axis) {
        if (is_constant_along(axis, [&](std::size_t k) { return entry_of(array, *axes, k); }))
          return fmt::format(
              "what is wrong is in proportion to {0} along {1}: the term with {0} is missing, or its "
              "factor is wrong",
              name, ranges_[axis]);
      }
    }
    return {};
  }

  const Problem& problem_;
  std::vector<std::string> ranges_;
  std::vector<std::int64_t> dimensions_;
  const std::vector<double>& values_;
  const std::vector<double>& reference_;
  const KnownArrays& known_;
  double tolerance_, scale_ = 0;
};

}  // namespace

Diagnosis diagnose(const Problem& problem, const std::string& name, const std::vector<double>& values,
                   const std::vector<double>& reference, const KnownArrays& known) {
  return Diagnostician(problem, name, values, reference, known).run();
}

}  // namespace chalktape::roads

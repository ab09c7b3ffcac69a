#include "tests/symbolic/extreme/generator.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "engine/tensor/random.hpp"

namespace chalktape::extreme {
namespace {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(engine::mixed(seed, 0x657874)) {}

  std::string run(std::uint64_t seed) {
    exponentials("e", "s");
    if (chance(45)) exponentials("f", "t");
    const auto count = random_.between(1, 4);
    for (std::int64_t k = 0; k < count; ++k) further();
    std::vector<std::string> outputs;
    for (const Name& name : names_)
      if (!name.is_read && name.is_modest) outputs.push_back(name.name);
    const bool is_loss = chance(25);
    if (outputs.empty()) outputs.push_back(softmax());
    if (is_loss) {
      const std::string of = outputs.back();
      outputs = {"loss"};
      const bool is_matrix = rank_of(of) == 2;
      text_ += is_matrix ? fmt::format("  loss = -mean[i](sum[j](A[i,j]*{}[i,j]))\n", of)
                         : fmt::format("  loss = mean[i](b[i]*{}[i])\n", of);
    } else if (outputs.size() < 3 && chance(40)) {
      text_ += chance(50) ? "  square[i] = sum[j](A[i,j])^2\n" : "  square[i] = b[i]^2\n";
      outputs.push_back("square");
    }
    std::string list;
    for (const std::string& output : outputs) list += (list.empty() ? "" : ", ") + output;
    return fmt::format("layer extreme_{}(x[N,D], w[N,D], v[N], c, A[N,D], b[N], m[N,D]; T = 0.5)\n{}  return {}\n",
                       seed, text_, list);
  }

 private:
  struct Name {
    std::string name;
    int rank;
    bool is_modest;  ///< where exponents are extreme
    bool is_positive;
    bool is_read = false;
  };

  bool chance(int percent) { return random_.below(100) < percent; }
  template <std::size_t n>
  std::string pick(const std::string_view (&choices)[n]) {
    return std::string(choices[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(n)))]);
  }

  int rank_of(const std::string& name) const { return std::ranges::find(names_, name, &Name::name)->rank; }
  bool has(const std::string& name) const { return std::ranges::find(names_, name, &Name::name) != names_.end(); }

  /// The definition NAME[i,j] or NAME[i].
  std::string define(const std::string& name, int rank, const std::string& value, bool is_modest, bool is_positive) {
    std::string unique = name;
    for (int k = 2; has(unique); ++k) unique = name + std::to_string(k);
    text_ += fmt::format("  {}[{}] = {}\n", unique, rank == 2 ? "i,j" : "i", value);
    names_.push_back({unique, rank, is_modest, is_positive});
    for (Name& other : names_)
      if (other.name != unique && value.find(other.name + "[") != std::string::npos) other.is_read = true;
    return unique;
  }

  std::string matrix_logit() {
    static constexpr std::string_view logits[] = {
        "x[i,j]",  "w[i,j]",     "x[i,j] + v[i]",   "x[i,j] - w[i,j]", "2*x[i,j]", "x[i,j]/T",
        "-x[i,j]", "x[i,j] + c", "x[i,j] + A[i,j]", "w[i,j] - v[i]",   "x[i,j]",   "w[i,j]/4"};
    return pick(logits);
  }
  std::string vector_logit() {
    static constexpr std::string_view logits[] = {"v[i]",   "-v[i]",       "c - b[i]", "v[i] + c",
                                                  "v[i]/T", "b[i] + v[i]", "2*v[i]"};
    return pick(logits);
  }
  std::string mask() {
    static constexpr std::string_view masks[] = {"m[i,j]", "step(A[i,j])", "(1 - step(w[i,j]))", "step(b[i] - A[i,j])"};
    return pick(masks);
  }
  std::string gate() {
    const std::string a = vector_logit();
    switch (random_.below(5)) {
      case 0:
        return fmt::format("sigmoid({})", a);
      case 1:
        return fmt::format("1/(1 + exp(-({})))", a);
      case 2:
        return fmt::format("exp({})", a);
      case 3:
        return fmt::format("tanh({})", a);
      default:
        return fmt::format("(1 - sigmoid({}))", a);
    }
  }

  /// e[i,j] and its sum s[i].
  void exponentials(const std::string& e, const std::string& s) {
    std::string value = fmt::format("exp({})", matrix_logit());
    const auto kind = random_.below(10);
    if (kind == 0) value = fmt::format("stop({})", value);
    if (kind == 1 || kind == 2) value = mask() + "*" + value;
    define(e, 2, value, false, kind != 1 && kind != 2);
    std::string sum;
    switch (random_.below(8)) {
      case 0:
        sum = fmt::format("exp({}) + sum[j]({}[i,j])", vector_logit(), e);
        break;
      case 1:
        sum = fmt::format("mean[j]({}[i,j])", e);
        break;
      case 2:
        sum = fmt::format("sum[j]({}*{}[i,j])", mask(), e);
        break;
      case 3:
        sum = fmt::format("1 + sum[j]({}[i,j])", e);
        break;
      default:
        sum = fmt::format("sum[j]({}[i,j])", e);
    }
    define(s, 1, sum, false, true);
  }

  /// Probabilities, of a new name.
  std::string softmax() {
    const std::string e = has("f") && chance(30) ? "f" : "e";
    const std::string own = e == "e" ? "s" : "t", other = e == "e" ? "t" : "s";
    std::string below = own + "[i]";
    if (has(other) && chance(25)) below = fmt::format("({}[i] + {}[i])", own, other);
    if (chance(10)) below = fmt::format("({}[i] + exp({}))", own, vector_logit());
    std::string value = fmt::format("{}[i,j]/{}", e, below);
    if (chance(12)) value = fmt::format("stop({})", value);
    return define("p", 2, value, true, true);
  }

  std::string some_softmax() {
    for (const Name& name : names_)
      if (name.name.starts_with("p") && chance(60)) return name.name;
    return softmax();
  }

  void further() {
    switch (random_.below(16)) {
      case 0:
      case 1:
        softmax();
        return;
      case 2:
        if (has("t")) {
          define("q", 1, chance(70) ? "s[i]/(s[i] + t[i])" : "t[i]/(s[i] + t[i] + exp(v[i]))", true, true);
          return;
        }
        define("q", 1, fmt::format("s[i]/(s[i] + exp({}))", vector_logit()), true, true);
        return;
      case 3:
        define("l", 1, has("t") ? (chance(50) ? "log(s[i]) - log(t[i])" : "log(s[i]/t[i])") : "log(s[i])", true, false);
        return;
      case 4:
        define("l", 1, has("t") ? "log(s[i] + t[i])" : fmt::format("log(s[i] + exp({}))", vector_logit()), true, false);
        return;
      case 5: {
        const std::string g = define("g", 1, gate(), true, false);
        define("u", 1, fmt::format("{}[i]*sum[j](A[i,j])", g), true, false);
        return;
      }
      case 6:
        define("u", 1, fmt::format("{}*sum[j](A[i,j]*x[i,j])", gate()), true, false);
        return;
      case 7:
        define("r", 1, fmt::format("sum[j](e[i,j]*A[i,j])/{}", has("t") && chance(30) ? "(s[i] + t[i])" : "s[i]"), true,
               false);
        return;
      case 8: {
        const std::string p = some_softmax();
        define("h", 2, fmt::format("(1 - {0}[i,j])^2*log({0}[i,j])", p), true, false);
        return;
      }
      case 9: {
        const std::string p = some_softmax();
        define("h", 2, fmt::format(fmt::runtime(chance(50) ? "{0}[i,j]*log({0}[i,j])" : "log({0}[i,j])"), p), true,
               false);
        return;
      }
      case 10: {
        const std::string p = some_softmax();
        define("k", 1, fmt::format(fmt::runtime(chance(50) ? "sum[j]({0}[i,j]^2)" : "sqrt(sum[j]({0}[i,j]^2))"), p),
               true, true);
        return;
      }
      case 11: {
        const std::string p = some_softmax();
        define("y", 1, fmt::format("sum[j]({}[i,j]*A[i,j])", p), true, false);
        return;
      }
      case 12:
        define("z", 1, fmt::format("log(1 + exp({})) - log(1 + exp({}))", vector_logit(), vector_logit()), true, false);
        return;
      case 13: {
        const std::string g = define("g", 1, fmt::format("sigmoid({})", vector_logit()), true, true);
        define("n", 1, fmt::format("-log({0}[i]) - (1 - {0}[i])^2*log(1 - {0}[i])", g), true, false);
        return;
      }
      case 14: {
        const std::string p = some_softmax();
        define("o", 2, fmt::format("{}[i,j]*{}", p, gate()), true, false);
        return;
      }
      default:
        define("a", 2, "exp(x[i,j] - max[k](x[i,k]))", true, true);
    }
  }

  engine::Random random_;
  std::string text_;
  std::vector<Name> names_;
};

}  // namespace

std::string random_layer(std::uint64_t seed) { return Generator(seed).run(seed); }

}  // namespace chalktape::extreme

#include "symbolic/emit/cpp_helpers.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace chalktape::emit {
namespace {

// Keywords and alternative tokens up to C++23, then what headers of compilers define in lower case.
constexpr std::array words = std::to_array<std::string_view>({
    "alignas",
    "alignof",
    "and",
    "and_eq",
    "asm",
    "auto",
    "bitand",
    "bitor",
    "bool",
    "break",
    "case",
    "catch",
    "char",
    "char8_t",
    "char16_t",
    "char32_t",
    "class",
    "compl",
    "concept",
    "const",
    "consteval",
    "constexpr",
    "constinit",
    "const_cast",
    "continue",
    "co_await",
    "co_return",
    "co_yield",
    "decltype",
    "default",
    "delete",
    "do",
    "double",
    "dynamic_cast",
    "else",
    "enum",
    "explicit",
    "export",
    "extern",
    "false",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "mutable",
    "namespace",
    "new",
    "noexcept",
    "not",
    "not_eq",
    "nullptr",
    "operator",
    "or",
    "or_eq",
    "private",
    "protected",
    "public",
    "register",
    "reinterpret_cast",
    "requires",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "static_assert",
    "static_cast",
    "struct",
    "switch",
    "template",
    "this",
    "thread_local",
    "throw",
    "true",
    "try",
    "typedef",
    "typeid",
    "typename",
    "typeof",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "wchar_t",
    "while",
    "xor",
    "xor_eq",
    "std",
    "chalktape",
    "alloca",
    "assert",
    "errno",
    "issubnormal",
    "linux",
    "math_errhandling",
    "offsetof",
    "unix",
});

struct Helper {
  std::string_view name;
  std::string_view needs;  // other helpers
  std::string_view text;
};

constexpr std::array helpers = std::to_array<Helper>({
    {"number", "",
     R"(/// T, in a place that does not decide what T is: a double may be passed where arrays are of float.
template <class T>
struct same {
  using type = T;
};
template <class T>
using number = typename same<T>::type;
)"},
    {"lanes", "", R"(/// Sums along a row are carried in so many lanes, which compilers make vectors of.
constexpr std::size_t lanes = 32;
)"},
    {"row_length", "", R"(/// After so many terms lanes join a sum in a wider type.
constexpr std::size_t row_length = 1024;
)"},
    {"block_length", "", R"(/// So many terms are added in the type itself before they join a sum in a wider type.
constexpr std::size_t block_length = 64;
)"},
    {"rows_of_block", "",
     R"(/// How many rows of so many bytes lie in 256 KiB: a loop that goes backwards takes them in order.
inline std::size_t rows_of_block(std::size_t bytes) {
  return std::max<std::size_t>(std::size_t(1), 262144 / std::max<std::size_t>(bytes, 1));
}
)"},
    {"rows_at_once", "",
     R"(/// So many rows of one array join their sums at once: these are then read and written less often.
constexpr std::size_t rows_at_once = 4;
)"},
    {"in_lanes", "lanes", R"(/// term(i, lane) for i from begin to end. Terms are independent of each other.
template <class Term>
inline void in_lanes(std::size_t begin, std::size_t end, Term term) {
  std::size_t i = begin;
  for (; i + lanes <= end; i += lanes) {
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
    for (std::size_t lane = 0; lane < lanes; ++lane) term(i + lane, lane);
  }
  for (std::size_t lane = 0; i < end; ++i, ++lane) term(i, lane);
}
)"},
    {"sum_of_lanes", "lanes",
     R"(/// The sum of the lanes: of four each in the type itself, of these in the wider type, in halves.
template <class Wide, class T>
inline Wide sum_of_lanes(const T (&lane)[lanes]) {
  constexpr std::size_t quarter = lanes / 4;
  Wide sums[quarter];
  for (std::size_t k = 0; k < quarter; ++k)
    sums[k] = Wide((lane[k] + lane[k + 2 * quarter]) + (lane[k + quarter] + lane[k + 3 * quarter]));
  for (std::size_t half = quarter / 2; half > 0; half /= 2)
    for (std::size_t k = 0; k < half; ++k) sums[k] += sums[k + half];
  return sums[0];
}
)"},
    {"each", "",
     R"(/// body(i) for i from begin to end. No step reads what another writes, which compilers cannot know.
template <class Body>
inline void each(std::size_t begin, std::size_t end, Body body) {
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
  for (std::size_t i = begin; i < end; ++i) body(i);
}
)"},
    {"part_count", "",
     R"(/// Into how many parts a loop is cut, which threads may share: it depends on sizes only. The sums of
/// `kept` entries that each part has of its own, in a wider type, stay small beside the loop.
inline std::size_t part_count(std::size_t entries, std::size_t outer, std::size_t kept) {
  std::size_t count = std::min<std::size_t>(entries / 16384, 16);
  if (kept > 1) count = std::min(count, entries / (64 * kept));
  return std::max<std::size_t>(std::min(count, outer), 1);
}
)"},
    {"in_parallel", "",
     R"(/// body(k) for k from 0 to count, which threads share. What it throws, as where memory runs out, is thrown here once all
/// have ended. (OpenMP's own "if" starts a team of one all the same: half a microsecond.)
template <class Body>
inline void in_parallel(std::size_t count, Body body) {
#if defined(_OPENMP)
  if (count > 1) {
    std::exception_ptr thrown;
#pragma omp parallel for schedule(static)
    for (std::size_t k = 0; k < count; ++k) {
      try {
        body(k);
      } catch (...) {
#pragma omp critical
        thrown = std::current_exception();
      }
    }
    if (thrown) std::rethrow_exception(thrown);
    return;
  }
#endif
  for (std::size_t k = 0; k < count; ++k) body(k);
}
)"},
    {"aligned", "",
     R"(/// Memory from the beginning of a cache line on, as vectors want it. Arrays of a whole number of pages that lie
/// behind each other do not begin at the same places of their pages, where they would fight for the same lines of the
/// fastest cache.
template <class T>
struct aligned {
  using value_type = T;
  aligned() = default;
  template <class U>
  explicit aligned(const aligned<U>&) {}
  T* allocate(std::size_t count) {
    unsigned char* const memory = static_cast<unsigned char*>(::operator new(count * sizeof(T) + 1024));
    const std::size_t skipped = 64 - reinterpret_cast<std::uintptr_t>(memory) % 64;
    memory[skipped - 1] = static_cast<unsigned char>(skipped);
    return reinterpret_cast<T*>(memory + skipped);
  }
  void deallocate(T* first, std::size_t) {
    unsigned char* const memory = reinterpret_cast<unsigned char*>(first);
    ::operator delete(memory - memory[-1]);
  }
  friend bool operator==(const aligned&, const aligned&) { return true; }
  friend bool operator!=(const aligned&, const aligned&) { return false; }
};
)"},
    {"array", "aligned", R"(/// Memory that is written before it is read.
template <class T>
class array {
 public:
  explicit array(std::size_t count) : first(aligned<T>().allocate(count)) {}
  ~array() { aligned<T>().deallocate(first, 0); }
  array(const array&) = delete;
  array& operator=(const array&) = delete;
  T* get() const { return first; }
  T& operator[](std::size_t i) const { return first[i]; }

 private:
  T* first;
};
)"},
    {"fetch", "",
     R"(/// Asks for what lies 8 KiB after a row, of arrays of so many bytes that they come from memory, and in rows that are
/// not much longer.
template <class T>
inline void fetch([[maybe_unused]] const T* row, [[maybe_unused]] std::size_t count,
                  [[maybe_unused]] std::size_t bytes) {
#if defined(__GNUC__)
  if (bytes <= std::size_t(6) << 20 || count * sizeof(T) > std::size_t(1) << 14) return;
  const std::uintptr_t to = reinterpret_cast<std::uintptr_t>(row) + 8192;
  for (std::size_t k = 0; k < count * sizeof(T); k += 64) __builtin_prefetch(reinterpret_cast<const void*>(to + k));
#endif
}
)"},
    {"write_row", "each",
     R"(/// to[i] = value(i) for i from 0 to count, in a loop whose arrays take so many bytes together. Where a usual cache would
/// not keep them, a row of whole turns that begins with a cache line is written past it, without being read first.
template <class T, class Value>
inline void write_row(T* to, std::size_t count, [[maybe_unused]] std::size_t bytes, Value value) {
#if defined(__SSE2__)
#if defined(__AVX512F__)
  using vector = __m512i;
#elif defined(__AVX__)
  using vector = __m256i;
#else
  using vector = __m128i;
#endif
  constexpr std::size_t turn = 32;  // more than GCC would unroll before it looks for vectors
  if (bytes >= std::size_t(24) << 20 && count % turn == 0 && reinterpret_cast<std::uintptr_t>(to) % 64 == 0) {
    for (std::size_t i = 0; i < count; i += turn) {
      T entries[turn];
      each(0, turn, [&](std::size_t k) { entries[k] = value(i + k); });
      vector* const target = reinterpret_cast<vector*>(to + i);
      for (std::size_t k = 0; k < turn * sizeof(T) / sizeof(vector); ++k) {
        vector numbers;
        std::memcpy(&numbers, reinterpret_cast<const char*>(entries) + k * sizeof(vector), sizeof(vector));
#if defined(__AVX512F__)
        _mm512_stream_si512(target + k, numbers);
#elif defined(__AVX__)
        _mm256_stream_si256(target + k, numbers);
#else
        _mm_stream_si128(target + k, numbers);
#endif
      }
    }
    return;
  }
#endif
  each(0, count, [&](std::size_t i) { to[i] = value(i); });
}
)"},
    {"end_writes", "", R"(/// What was written past the cache is there for other threads from here on.
inline void end_writes() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}
)"},
    {"square", "", R"(template <class T>
inline T square(T x) {
  return x * x;
}
)"},
    {"whole_power", "", R"(template <int n, class T>
inline T whole_power(T x) {
  T power = x;
  for (int k = 1; k < n; ++k) power *= x;
  return power;
}
)"},
    {"step", "", R"(/// 1 for x > 0, 0 for x <= 0; NaN stays NaN.
template <class T>
inline T step(T x) {
  return x > 0 ? T(1) : (x <= 0 ? T(0) : x);
}
)"},
    {"relu", "", R"(/// max(x, 0); NaN stays NaN.
template <class T>
inline T relu(T x) {
  return x <= 0 ? T(0) : x;
}
)"},
    {"maximum", "", R"(template <class T>
inline T maximum(T a, T b) {
  return a > b || a != a ? a : b;
}
)"},
    {"minimum", "", R"(template <class T>
inline T minimum(T a, T b) {
  return a < b || a != a ? a : b;
}
)"},
    {"sigmoid", "", R"(/// 1 / (1 + exp(-x)), with an exponential that only underflows.
template <class T>
inline T sigmoid(T x) {
  const T e = std::exp(-std::abs(x));
  return (x >= 0 ? T(1) : e) / (1 + e);
}
)"},
    {"softplus", "relu", R"(/// log(1 + exp(x)), without overflow.
template <class T>
inline T softplus(T x) {
  return relu(x) + std::log1p(std::exp(-std::abs(x)));
}
)"},
});

}  // namespace

bool is_cpp_word(std::string_view name) {
  if (std::ranges::find(words, name) != words.end()) return true;
  if (name.starts_with('_') || name.find("__") != std::string_view::npos) return true;
  // Macros: NAN, EOF, FP_ZERO, M_PI. Two capitals are none.
  const bool has_lower = std::ranges::any_of(name, [](char c) { return c >= 'a' && c <= 'z'; });
  constexpr std::size_t shortest_macro = 3;
  return name.starts_with("M_") || (name.size() >= shortest_macro && !has_lower);
}

std::string helpers_text(std::set<std::string> wanted) {
  for (auto helper = helpers.rbegin(); helper != helpers.rend(); ++helper)
    if (wanted.contains(std::string(helper->name)) && !helper->needs.empty()) wanted.emplace(helper->needs);
  std::string text;
  for (const Helper& helper : helpers) {
    if (!wanted.contains(std::string(helper.name))) continue;
    text += helper.text;
    text += '\n';
  }
  return text;
}

}  // namespace chalktape::emit

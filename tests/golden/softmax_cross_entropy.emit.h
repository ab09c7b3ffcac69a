// The layer softmax_cross_entropy(x[N,D], t[N,D]) and its gradients.
//
// Written by chalktape 0.1.0 (chalktape emit softmax_cross_entropy --lang c++). C++17, no
// dependencies; with OpenMP where the compiler is told to use it. Loops are written to become
// vectors at -O3. Backward is the derived formula: `chalktape derive` shows how it comes about, and
// each step passed its check.
//
// Arrays are row-major, without gaps, and do not overlap; scalars are passed by value, and results
// that are scalars by a pointer to one. Results do not depend on the number of threads.
//
// Safe form (shift-exponentials): above and below the fraction bar, exponentials are divided by exp
// of the largest exponent below it, Z_max[i]: none overflows, and one of those below is 1.
//
// Saved by forward for backward: Z_max[N], e_shifted[N,D], Z_shifted[N]. Each takes a reduction, a
// matrix product or, entry by entry, a function of the C library: to compute it again costs more
// than to read it.
//
// Recomputed by backward: p[N,D]. Each is a few operations an entry, less than memory costs.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <type_traits>
#include <vector>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace chalktape {

namespace softmax_cross_entropy_detail {

/// T, in a place that does not decide what T is: a double may be passed where arrays are of float.
template <class T>
struct same {
  using type = T;
};
template <class T>
using number = typename same<T>::type;

/// Sums along a row are carried in so many lanes, which compilers make vectors of.
constexpr std::size_t lanes = 32;

/// After so many terms lanes join a sum in a wider type.
constexpr std::size_t row_length = 1024;

/// term(i, lane) for i from begin to end. Terms are independent of each other.
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

/// The sum of the lanes: of four each in the type itself, of these in the wider type, in halves.
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

/// body(i) for i from begin to end. No step reads what another writes, which compilers cannot know.
template <class Body>
inline void each(std::size_t begin, std::size_t end, Body body) {
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC ivdep
#endif
  for (std::size_t i = begin; i < end; ++i) body(i);
}

/// Into how many parts a loop is cut, which threads may share: it depends on sizes only. The sums of
/// `kept` entries that each part has of its own, in a wider type, stay small beside the loop.
inline std::size_t part_count(std::size_t entries, std::size_t outer, std::size_t kept) {
  std::size_t count = std::min<std::size_t>(entries / 16384, 16);
  if (kept > 1) count = std::min(count, entries / (64 * kept));
  return std::max<std::size_t>(std::min(count, outer), 1);
}

/// body(k) for k from 0 to count, which threads share. What it throws, as where memory runs out, is thrown here once all
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

/// Memory from the beginning of a cache line on, as vectors want it. Arrays of a whole number of pages that lie
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

/// Memory that is written before it is read.
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

/// Asks for what lies 8 KiB after a row, of arrays of so many bytes that they come from memory, and in rows that are
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

/// to[i] = value(i) for i from 0 to count, in a loop whose arrays take so many bytes together. Where a usual cache would
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

/// What was written past the cache is there for other threads from here on.
inline void end_writes() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

template <class T>
inline T maximum(T a, T b) {
  return a > b || a != a ? a : b;
}

}  // namespace softmax_cross_entropy_detail

/// What forward hands to backward; forward gives it its size.
template <class T>
struct softmax_cross_entropy_saved {
  std::vector<T, softmax_cross_entropy_detail::aligned<T>> Z_max;  ///< Z_max[N]
  std::vector<T, softmax_cross_entropy_detail::aligned<T>> e_shifted;  ///< e_shifted[N,D]
  std::vector<T, softmax_cross_entropy_detail::aligned<T>> Z_shifted;  ///< Z_shifted[N]
};

/// Writes loss.
template <class T>
void softmax_cross_entropy_forward(std::size_t N, std::size_t D, const T* x, const T* t, T* loss,
                                   softmax_cross_entropy_saved<T>& saved) {
  using Wide = decltype(T() + double());  // sums of many terms are carried in it
  saved.Z_max.resize(N);
  T* const Z_max = saved.Z_max.data();
  saved.e_shifted.resize(N * D);
  T* const e_shifted = saved.e_shifted.data();
  saved.Z_shifted.resize(N);
  T* const Z_shifted = saved.Z_shifted.data();
  const auto loss_part = softmax_cross_entropy_detail::array<T>(1);
  // Z_max[i] = max[j](x[i,j])  (keeps exponentials from overflowing)
  // e_shifted[i,j] = exp(x[i,j] - Z_max[i])  (keeps exponentials from overflowing)
  // Z_shifted[i] = sum[j](e_shifted[i,j])  (keeps exponentials from overflowing)
  // towards loss = -mean[i](sum[j](t[i,j]*log(p[i,j]))), here loss = -mean[i](sum[j](t[i,j]*(x[i,j]
  // - Z_max[i] - log(Z_shifted[i]))))  (as the layer defines it)
  {
    const std::size_t parts = softmax_cross_entropy_detail::part_count(N * D, N, 1);
    const auto loss_term_totals = softmax_cross_entropy_detail::array<Wide>(parts);
    softmax_cross_entropy_detail::in_parallel(parts, [&](std::size_t part) {
      const std::size_t first = N * part / parts;
      const std::size_t last = N * (part + 1) / parts;
      Wide& loss_term_total = loss_term_totals[part];
      loss_term_total = Wide(0);
      for (std::size_t i = first; i < last; ++i) {
        Wide Z_max_total = -std::numeric_limits<Wide>::infinity();
        for (std::size_t row = 0; row < D; row += softmax_cross_entropy_detail::row_length) {
          T Z_max_lane[softmax_cross_entropy_detail::lanes];
          std::fill_n(Z_max_lane, softmax_cross_entropy_detail::lanes, -std::numeric_limits<T>::infinity());
          softmax_cross_entropy_detail::in_lanes(row, std::min(D, row + softmax_cross_entropy_detail::row_length), [&](std::size_t j, std::size_t lane) {
            Z_max_lane[lane] = softmax_cross_entropy_detail::maximum(Z_max_lane[lane], x[i * D + j]);
          });
          for (const T lane : Z_max_lane) Z_max_total = softmax_cross_entropy_detail::maximum(Z_max_total, Wide(lane));
        }
        const T Z_max_i = T(Z_max_total);
        Z_max[i] = Z_max_i;
        Wide Z_shifted_total = Wide(0);
        for (std::size_t row = 0; row < D; row += softmax_cross_entropy_detail::row_length) {
          T Z_shifted_lane[softmax_cross_entropy_detail::lanes];
          std::fill_n(Z_shifted_lane, softmax_cross_entropy_detail::lanes, T(0));
          softmax_cross_entropy_detail::in_lanes(row, std::min(D, row + softmax_cross_entropy_detail::row_length), [&](std::size_t j, std::size_t lane) {
            const T e_shifted_term_ij = x[i * D + j] - Z_max_i;
            const T e_shifted_ij = std::exp(e_shifted_term_ij);
            e_shifted[i * D + j] = e_shifted_ij;
            Z_shifted_lane[lane] += e_shifted_ij;
          });
          Z_shifted_total += softmax_cross_entropy_detail::sum_of_lanes<Wide>(Z_shifted_lane);
        }
        const T Z_shifted_i = T(Z_shifted_total);
        Z_shifted[i] = Z_shifted_i;
        const T loss_term2_i = std::log(Z_shifted_i);
        softmax_cross_entropy_detail::fetch(&x[i * D], D, N * D * sizeof(T));
        softmax_cross_entropy_detail::fetch(&t[i * D], D, N * D * sizeof(T));
        Wide loss_term3_total = Wide(0);
        for (std::size_t row = 0; row < D; row += softmax_cross_entropy_detail::row_length) {
          T loss_term3_lane[softmax_cross_entropy_detail::lanes];
          std::fill_n(loss_term3_lane, softmax_cross_entropy_detail::lanes, T(0));
          softmax_cross_entropy_detail::in_lanes(row, std::min(D, row + softmax_cross_entropy_detail::row_length), [&](std::size_t j, std::size_t lane) {
            const T e_shifted_term_ij = x[i * D + j] - Z_max_i;
            loss_term3_lane[lane] += t[i * D + j] * (e_shifted_term_ij - loss_term2_i);
          });
          loss_term3_total += softmax_cross_entropy_detail::sum_of_lanes<Wide>(loss_term3_lane);
        }
        const T loss_term3_i = T(loss_term3_total);
        loss_term_total += Wide(loss_term3_i);
      }
    });
    Wide loss_term_total = Wide(0);
    for (std::size_t part = 0; part < parts; ++part) loss_term_total += loss_term_totals[part];
    loss_part[0] = T(loss_term_total / Wide(N));
  }
  // loss = -mean[i](sum[j](t[i,j]*log(p[i,j]))), here loss = -mean[i](sum[j](t[i,j]*(x[i,j] -
  // Z_max[i] - log(Z_shifted[i]))))  (as the layer defines it)
  {
    loss[0] = -loss_part[0];
  }
}

/// Writes dx[N,D], dt[N,D], from the upstream gradient dloss.
template <class T>
void softmax_cross_entropy_backward(std::size_t N, std::size_t D,
                                    softmax_cross_entropy_detail::number<T> dloss, const T* x, const T* t,
                                    const softmax_cross_entropy_saved<T>& saved, T* dx, T* dt) {
  const T* const Z_max = saved.Z_max.data();
  const T* const e_shifted = saved.e_shifted.data();
  const T* const Z_shifted = saved.Z_shifted.data();
  const auto p_part = softmax_cross_entropy_detail::array<T>(N);
  const auto dt_part = softmax_cross_entropy_detail::array<T>(N);
  const auto dt_part2 = softmax_cross_entropy_detail::array<T>(1);
  const auto dx_part = softmax_cross_entropy_detail::array<T>(1);
  // towards dt[i,j] = -log(p[i,j])/N, here dt[i,j] = dloss*(-(x[i,j] - Z_max[i] -
  // log(Z_shifted[i]))/N)  (step 3 of its derivation, contract-delta)
  // towards dx[i,j] = dloss*((p[i,j] - t[i,j])/N)  (step 9 of its derivation, common-factor)
  {
    dt_part2[0] = T(-1.0 / double(N)) * dloss;
    dx_part[0] = dloss / T(double(N));
  }
  // towards p[i,j] = e[i,j]/Z[i], here p[i,j] = e_shifted[i,j]/Z_shifted[i]  (as the layer defines
  // it)
  // towards dt[i,j] = -log(p[i,j])/N, here dt[i,j] = dloss*(-(x[i,j] - Z_max[i] -
  // log(Z_shifted[i]))/N)  (step 3 of its derivation, contract-delta)
  {
    const std::size_t parts = softmax_cross_entropy_detail::part_count(N, N, 1);
    softmax_cross_entropy_detail::in_parallel(parts, [&](std::size_t part) {
      const std::size_t first = N * part / parts;
      const std::size_t last = N * (part + 1) / parts;
      softmax_cross_entropy_detail::each(first, last, [&](std::size_t i) {
        p_part[i] = T(1) / Z_shifted[i];
        dt_part[i] = std::log(Z_shifted[i]);
      });
    });
  }
  // p[i,j] = e[i,j]/Z[i], here p[i,j] = e_shifted[i,j]/Z_shifted[i]  (as the layer defines it)
  // dt[i,j] = -log(p[i,j])/N, here dt[i,j] = dloss*(-(x[i,j] - Z_max[i] - log(Z_shifted[i]))/N) 
  // (step 3 of its derivation, contract-delta)
  // dx[i,j] = dloss*((p[i,j] - t[i,j])/N)  (step 9 of its derivation, common-factor)
  {
    const std::size_t parts = softmax_cross_entropy_detail::part_count(N * D, N, 1);
    softmax_cross_entropy_detail::in_parallel(parts, [&](std::size_t part) {
      const std::size_t first = N * part / parts;
      const std::size_t last = N * (part + 1) / parts;
      for (std::size_t i = first; i < last; ++i) {
        const T p_part_i = p_part[i];
        const T Z_max_i_ = Z_max[i];
        const T dt_part_i = dt_part[i];
        softmax_cross_entropy_detail::write_row(dt + i * D, D, 5 * N * D * sizeof(T), [&](std::size_t j) {
          const T p_ij = e_shifted[i * D + j] * p_part_i;
          const T dt_ij = dt_part2[0] * (x[i * D + j] - Z_max_i_ - dt_part_i);
          dx[i * D + j] = dx_part[0] * (p_ij - t[i * D + j]);
          return dt_ij;
        });
      }
      softmax_cross_entropy_detail::end_writes();
    });
  }
}

}  // namespace chalktape

// GiNaC and CLN are for one thread at a time.
#pragma once

#include <mutex>

namespace chalktape::notation {

/// Their objects share parts by counts that are not atomic, and both keep tables of their own, so that even formulas
/// that have nothing to do with each other must not be worked on at once. Every public function of this library that
/// gets to them holds this for as long as it works: notation::read_file and those that call it, derive::derive and
/// derive_jacobians, check::verify, reference, Checker and PointAtSizes, emit::make_program, report::write_out,
/// claims::check_claims. Threads may call these at will and then wait for each other. What they take and hand back
/// (layers, trees, derivations, verdicts) is free of both libraries and may be shared between threads for reading. The
/// same thread may pass several times.
///
/// Whoever uses the headers that show GiNaC (symbolic/notation/algebra.hpp and what includes it) from several threads
/// holds one as well.
class OneAtATime {
 public:
  OneAtATime() : lock_(door()) {}

 private:
  static std::recursive_mutex& door() {
    static std::recursive_mutex mutex;
    return mutex;
  }
  std::scoped_lock<std::recursive_mutex> lock_;
};

}  // namespace chalktape::notation

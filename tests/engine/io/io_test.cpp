#include "engine/io/io.hpp"

#include <array>
#include <fstream>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

#include "engine/io/atomic_file.hpp"
#include "engine/io/file_bytes.hpp"
#include "tests/catch.hpp"
#include "tests/engine/samples.hpp"

namespace chalktape::engine {
namespace {

namespace fs = std::filesystem;

// A folder of its own for each test case, removed with it.
struct Folder {
  fs::path path;
  Folder() {
    std::string name = (fs::temp_directory_path() / "chalktape-io-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;  // a leftover in /tmp fails no test
    fs::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] fs::path file(const std::string& name, std::string_view bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
};

std::string npy(std::string header, std::string_view data, char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += version;
  bytes += '\0';
  const std::size_t length = header.size();
  for (int k = 0; k < (version == 1 ? 2 : 4); ++k) bytes += static_cast<char>(length >> 8 * k & 0xFF);
  return bytes + header + std::string(data);
}

TEST_CASE("NPY files come back as they were written") {
  const Folder folder;
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 3}, Shape{0, 4}, Shape{2, 1, 2}}) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      const Tensor tensor = Samples(3).tensor(shape, {}, dtype);
      write_npy(folder.path / "t.npy", tensor);
      const Tensor back = read_npy(folder.path / "t.npy");
      CHECK(back.shape() == shape);
      CHECK(back.dtype() == dtype);
      CHECK(back.to_vector() == tensor.to_vector());
    }
  }
  CHECK(to_npy(Tensor::zeros({2}, DType::f64)).size() == 128 + 16);
  CHECK(folder.count() == 1);
}

TEST_CASE("NPY files of other makes") {
  const Folder folder;
  const auto read = [&](const std::string& bytes) { return read_npy(folder.file("t.npy", bytes)); };
  using namespace std::string_literals;
  // Fortran order, and keys in another order and with other quotes.
  const Tensor f = read(npy("{\"shape\": (2, 3), 'fortran_order': True, 'descr': '|i1'}", "\x01\x02\x03\x04\x05\xff"));
  CHECK(f.to_vector() == std::vector<double>{1, 3, 5, 2, 4, -1});
  CHECK(f.dtype() == DType::f64);
  CHECK(read(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "\x3f\x80\x00\x00"s)).item() == 1);
  CHECK(read(npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "\x3f\x80\x00\x00"s)).dtype() ==
        DType::f32);
  CHECK(read(npy("{'descr': '<u2', 'fortran_order': False, 'shape': (1L,), }", "\x00\xff"s)).item() == 0xff00);
  CHECK(read(npy("{'descr': '<i2', 'fortran_order': False, 'shape': (), }", "\x00\xff"s)).item() == -256);
  CHECK(read(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\x00\x01"s, 2)).to_vector() ==
        std::vector<double>{0, 1});
  CHECK(read(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", "\xfe\xff\xff\xff\xff\xff\xff\xff", 3))
            .item() == -2);
}

TEST_CASE("NPY files that are not right") {
  const Folder folder;
  const auto fails = [&](const std::string& bytes, const std::string& message) {
    const fs::path path = folder.file("t.npy", bytes);
    INFO(message);
    CHECK_THROWS_WITH(read_npy(path), path.string() + ": " + message);
  };
  const std::string sizes = "{'descr': '<f8', 'fortran_order': False, 'shape': ";
  fails("", "not an NPY file");
  fails("hello, world", "not an NPY file");
  fails(npy("", "", 4), "NPY version 4 is not supported (1 to 3 are)");
  fails(npy("{}", "").substr(0, 9), "not an NPY file");
  fails(std::string("\x93NUMPY\x01\x00\xff\xff{", 11), "NPY header: cut short");
  fails(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12), "NPY header: cut short");
  fails(npy("{}", ""), "NPY header: descr, fortran_order or shape is missing");
  fails(npy("{'descr': '<f8'", ""), "NPY header: '}' expected before ''");
  fails(npy("{'descr", ""), "NPY header: a string does not end");
  fails(npy("{3: 4}", ""), "NPY header: a string expected before '3: 4}'");
  fails(npy("{'descr': '<f8', 'descr': '<f8'}", ""), "NPY header: key 'descr' is unknown or stands twice");
  fails(npy("{'\x01': 1}", ""), "NPY header: key '\uFFFD' is unknown or stands twice");
  fails(npy("{'fortran_order': 1}", ""), "NPY header: True or False expected before '1}'");
  fails(npy(sizes + "(-1,)}", ""), "NPY header: a length expected before '-1,)}'");
  fails(npy(sizes + "(99999999999999999999,)}", ""), "NPY header: a length expected before '99999999999999999999…'");
  fails(npy(sizes + "(2,)} x", ""), "NPY header: text after the header's '}'");
  std::string many = "(";
  for (int k = 0; k < 65; ++k) many += "1,";
  fails(npy(sizes + many + ")}", ""), "NPY header: more than 64 axes");
  fails(npy(sizes + "(4611686018427387904, 4)}", ""), "shape (4611686018427387904, 4) has too many elements");
  fails(npy(sizes + "(1000000000000,)}", "12345678"),
        "NPY shape (1000000000000,) of 8-byte elements does not agree with 8 bytes of data");
  fails(npy(sizes + "(1,)}", "123456789"), "NPY shape (1,) of 8-byte elements does not agree with 9 bytes of data");
  fails(npy("{'descr': '<c16', 'fortran_order': False, 'shape': (1,)}", ""),
        "NPY elements of type '<c16' are not supported (f4, f8, i1 to i8, u1 to u8 and b1 are)");
  fails(npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", ""),
        "NPY header: a string expected before '[('a', '<f8')], 'for…'");
  CHECK_THROWS_WITH(read_npy(folder.path / "none.npy"),
                    "cannot read " + (folder.path / "none.npy").string() + ": No such file or directory");
  CHECK_THROWS_WITH(read_npy(folder.path), "cannot read " + folder.path.string() + ": Is a directory");
}

TEST_CASE("damaged files are read or refused, never worse") {
  const Folder folder;
  const std::string whole = to_npy(Samples(3).tensor({2, 3}));
  const std::string table = "a,b\n1.5,-2e3\n3,4\n";
  std::mt19937 random(5);
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    for (const std::string& bytes : {whole, table}) {
      std::string damaged = bytes.substr(0, bytes.size() - random() % 3);
      for (unsigned k = random() % 4; k > 0; --k) {
        damaged[random() % std::min<std::size_t>(damaged.size(), 90)] = static_cast<char>(random());
      }
      const fs::path path = folder.file("damaged", damaged);
      try {
        const Tensor read = bytes == whole ? read_npy(path) : read_csv(path);
        CHECK(read.to_vector().size() == static_cast<std::size_t>(read.size()));
      } catch (const Error& error) {
        CHECK_THAT(error.what(), Catch::Matchers::StartsWith(path.string()));
        ++refused;
      }
    }
  }
  CHECK(refused > 1000);
}

TEST_CASE("CSV files") {
  const Folder folder;
  const auto read = [&](std::string_view bytes, const std::vector<ColumnRange>& columns = {}) {
    return read_csv(folder.file("t.csv", bytes), columns);
  };
  const std::vector<double> four{1, 2, 3, 4};
  CHECK(read("1,2\n3,4\n").to_vector() == four);
  CHECK(read("1,2\n3,4").shape() == Shape{2, 2});
  CHECK(read("a,b\r\n 1 ,\t2\r\n+3,4.0e0\r\n\r\n").to_vector() == four);
  CHECK(read("\xEF\xBB\xBF"
             "1,2\n3,4\n")
            .to_vector() == four);
  CHECK(read("150,4,setosa,versicolor\n1,2,x,0\n3,4,y,0\n", {{1, 2}}).to_vector() == four);
  CHECK(read("a,b,c,d\n0,2,0,1\n0,4,0,3\n", {{4, 4}, {2, 2}}).to_vector() == four);
  CHECK(read("only\n1\n2\n").shape() == Shape{2, 1});
}

TEST_CASE("CSV files that are not right") {
  const Folder folder;
  const auto fails = [&](std::string_view bytes, const std::vector<ColumnRange>& columns, const std::string& message) {
    const fs::path path = folder.file("t.csv", bytes);
    CHECK_THROWS_WITH(read_csv(path, columns), path.string() + ":" + message);
  };
  fails("", {}, "1:1: no row of numbers");
  fails("a,b\n", {}, "1:1: no row of numbers");
  fails("\n\n  \n", {}, "1:1: no row of numbers");
  fails("1,2\n3\n", {}, "2:1: 1 fields, but 2 in line 1");
  fails("1,2\n\n3,4\n", {}, "2:1: 1 fields, but 2 in line 1");
  fails("a,b\n1,2\n3,4,5\n", {}, "3:1: 3 fields, but 2 in line 2");
  fails("1,2\n3, x4\n", {}, "2:4: 'x4' is not a number");
  fails("1,2\n3,\n", {}, "2:3: '' is not a number");
  fails("1,2\n3,nan\n", {}, "2:3: 'nan' is not a number");
  fails("1,2\n3,1e999\n", {}, "2:3: '1e999' is not a number");
  fails("1,2\n3,0x10\n", {}, "2:3: '0x10' is not a number");
  fails(
      "1,2\n3,1\x01"
      "4\n",
      {}, "2:3: '1\uFFFD4' is not a number");
  fails("a,b\n1,2\n", {{1, 3}}, "2:1: columns 1-3 are asked for, but there are 2");
  CHECK_THROWS_WITH(read_csv(folder.path / "none.csv"),
                    "cannot read " + (folder.path / "none.csv").string() + ": No such file or directory");
}

TEST_CASE("column ranges") {
  CHECK(parse_column_range("1-4").last == 4);
  CHECK(parse_column_range("2").first == 2);
  for (const char* bad : {"", "0", "4-1", "1-", "-1", "a", "1-2-3", "1,2", "99999999999999999999"}) {
    CHECK_THROWS_WITH(parse_column_range(bad),
                      "columns '" + std::string(bad) + "': a range such as 1-4 or a column such as 2 is needed");
  }
}

TEST_CASE("files are written whole or not at all") {
  const Folder folder;
  const fs::path path = folder.path / "out.txt";
  write_file_atomically(path, "one");
  CHECK(read_file(path) == "one");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  write_file_atomically(path, "two");
  CHECK(read_file(path) == "two");
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  fs::create_symlink("out.txt", folder.path / "link");
  write_file_atomically(folder.path / "link", "three");
  CHECK(fs::is_symlink(folder.path / "link"));
  CHECK(read_file(path) == "three");
  fs::create_symlink("new.txt", folder.path / "dangling");
  write_file_atomically(folder.path / "dangling", "four");
  CHECK(read_file(folder.path / "new.txt") == "four");
  CHECK(folder.count() == 4);

  const fs::path nowhere = folder.path / "no" / "such";
  CHECK_THROWS_WITH(write_file_atomically(nowhere, "x"),
                    "cannot write " + nowhere.string() + ": No such file or directory");
  CHECK_THROWS_WITH(write_file_atomically(folder.path, "x"),
                    "cannot write " + folder.path.string() + ": Is a directory");
  CHECK_THROWS_WITH(write_file_atomically("/dev/full", "x"), "cannot write /dev/full: No space left on device");
  write_file_atomically("/dev/null", "x");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(folder.count() == 4);
}

TEST_CASE("a pipe is written and read directly") {
  const Folder folder;
  const fs::path path = folder.path / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] { write_file_atomically(path, "1,2\n"); });
  const Tensor read = read_csv(path);
  writer.join();
  CHECK(read.to_vector() == std::vector<double>{1, 2});
  CHECK(fs::is_fifo(path));
}

}  // namespace
}  // namespace chalktape::engine

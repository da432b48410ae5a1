package io.towpath.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lines over a number of connections, as a small SVG that is readable as text too. */
final class Curve {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 320;
  private static final int LEFT = 64;
  private static final int BOTTOM = 280;
  private static final int TOP = 40;
  private static final int RIGHT = 520;
  private static final List<String> COLOURS = List.of("#1565c0", "#c62828", "#2e7d32", "#6a1b9a");

  private record Point(double x, double y) {}

  private final String title;
  private final boolean logarithmic;
  private final Map<String, List<Point>> lines = new LinkedHashMap<>();

  /**
   * Creates one without lines.
   *
   * @param logarithmic whether every tenfold number of connections is as far from the one before
   */
  Curve(String title, boolean logarithmic) {
    this.title = title;
    this.logarithmic = logarithmic;
  }

  void add(String line, double x, double y) {
    lines.computeIfAbsent(line, name -> new ArrayList<>()).add(new Point(x, y));
  }

  /** Writes the picture, unless the path is empty. */
  void write(String path) {
    if (path.isEmpty()) {
      return;
    }
    try {
      Files.writeString(Path.of(path), svg());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private String svg() {
    double highest = all().mapToDouble(Point::y).max().orElse(1);
    double unit = Math.pow(10, Math.floor(Math.log10(highest)));
    double maxY = unit * Math.ceil(highest / unit);
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"12\">%n"
                + "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>%n"
                + "<text x=\"%d\" y=\"22\" font-size=\"14\">%s</text>%n",
            WIDTH,
            HEIGHT,
            WIDTH,
            HEIGHT,
            LEFT,
            title));
    for (int i = 0; i <= 4; i++) {
      double y = maxY * i / 4;
      svg.append(
          String.format(
              Locale.ROOT,
              "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>"
                  + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
              LEFT,
              down(y, maxY),
              RIGHT,
              LEFT - 6,
              down(y, maxY) + 4,
              number(y)));
    }
    for (double x : marks()) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%,.0f</text>%n",
              across(x),
              BOTTOM + 18,
              x));
    }
    int number = 0;
    for (Map.Entry<String, List<Point>> line : lines.entrySet()) {
      append(svg, line.getKey(), line.getValue(), COLOURS.get(number++ % 4), maxY);
    }
    return svg.append("</svg>\n").toString();
  }

  private void append(
      StringBuilder svg, String name, List<Point> points, String colour, double maxY) {
    StringBuilder path = new StringBuilder();
    for (Point point : points) {
      path.append(
          String.format(
              Locale.ROOT,
              "%s%.1f %.1f",
              path.length() == 0 ? "M" : "L",
              across(point.x),
              down(point.y, maxY)));
    }
    Point last = points.get(points.size() - 1);
    svg.append(
        String.format(
            Locale.ROOT,
            "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>"
                + "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s, %s</text>%n",
            path,
            colour,
            across(last.x) + 6,
            down(last.y, maxY) + 4,
            colour,
            name,
            number(last.y)));
  }

  private static String number(double value) {
    return String.format(
        Locale.ROOT, value < 100 && value != Math.rint(value) ? "%.1f" : "%,.0f", value);
  }

  /** Returns where numbers of connections are written: at each point, or at every quarter. */
  private double[] marks() {
    double most = all().mapToDouble(Point::x).max().orElse(1);
    return logarithmic
        ? all().mapToDouble(Point::x).distinct().toArray()
        : new double[] {0, most / 4, most / 2, most * 3 / 4, most};
  }

  private java.util.stream.Stream<Point> all() {
    return lines.values().stream().flatMap(List::stream);
  }

  private double across(double x) {
    double most = all().mapToDouble(Point::x).max().orElse(1);
    double least = all().mapToDouble(Point::x).min().orElse(1);
    double share =
        logarithmic ? Math.log(x / least) / Math.log(Math.max(10, most / least)) : x / most;
    return LEFT + (RIGHT - LEFT) * share;
  }

  private static double down(double y, double max) {
    return BOTTOM - (BOTTOM - TOP) * y / max;
  }
}

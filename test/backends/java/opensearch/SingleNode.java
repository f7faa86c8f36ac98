import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.transport.Netty4Plugin;

/** A node of OpenSearch by itself, within one JVM: FOLDER HTTP-PORT. It ends with its process. */
public final class SingleNode extends Node {
  private SingleNode(Settings settings) {
    super(
        InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "saker-test"),
        List.of(Netty4Plugin.class),
        true);
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Path data = Files.createDirectories(folder.resolve("data"));
    Settings settings =
        Settings.builder()
            .put("cluster.name", "saker-test")
            .put("node.name", "saker-test")
            .put("discovery.type", "single-node")
            .put("path.home", folder.toString())
            .put("path.data", data.toString())
            .put("network.host", "127.0.0.1")
            .put("http.type", "netty4")
            .put("http.port", arguments[1])
            .put("transport.type", "netty4")
            // Any free one: nobody else joins.
            .put("transport.port", "0")
            .build();
    SingleNode node = new SingleNode(settings);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> closeQuietly(node)));
    node.start();
    new CountDownLatch(1).await();
  }

  private static void closeQuietly(Node node) {
    try {
      node.close();
    } catch (IOException failure) {
      System.err.println(failure);
    }
  }
}

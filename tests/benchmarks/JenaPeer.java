import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.apache.jena.query.Query;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryFactory;
import org.apache.jena.query.ResultSetFormatter;
import org.apache.jena.rdf.model.Model;
import org.apache.jena.riot.RDFDataMgr;

/**
 * Holds one RDF file in memory and answers queries over it, one after the other.
 *
 * Arguments: the address of the file, and the seconds that a query may take. A query comes in on standard input as the length of its
 * UTF-8 text in four bytes, then the text. What goes out has the same form: SPARQL JSON results, or, with a length below
 * zero, why there are none. An empty answer is sent once the file is loaded. The end of the input ends the program.
 */
public class JenaPeer {
    public static void main(String[] arguments) throws IOException {
        DataInputStream queries = new DataInputStream(System.in);
        DataOutputStream answers = new DataOutputStream(System.out);
        Model model;
        try {
            model = RDFDataMgr.loadModel(arguments[0]);
        } catch (RuntimeException problem) {
            send(answers, problem.toString().getBytes(StandardCharsets.UTF_8), -1);
            return;
        }
        long patience = Long.parseLong(arguments[1]);
        send(answers, new byte[0], 1);
        while (true) {
            byte[] text;
            try {
                text = queries.readNBytes(queries.readInt());
            } catch (EOFException end) {
                return;
            }
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            try {
                answer(model, new String(text, StandardCharsets.UTF_8), patience, answer);
                send(answers, answer.toByteArray(), 1);
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError problem) {
                send(answers, problem.toString().getBytes(StandardCharsets.UTF_8), -1);
            }
        }
    }

    private static void answer(Model model, String text, long patience, OutputStream answer) {
        Query query = QueryFactory.create(text);
        try (QueryExecution execution =
                QueryExecution.model(model).query(query).timeout(patience, TimeUnit.SECONDS).build()) {
            if (query.isAskType()) {
                ResultSetFormatter.outputAsJSON(answer, execution.execAsk());
            } else {
                ResultSetFormatter.outputAsJSON(answer, execution.execSelect());
            }
        }
    }

    private static void send(DataOutputStream answers, byte[] body, int sign) throws IOException {
        answers.writeInt(sign * body.length);
        answers.write(body);
        answers.flush();
    }
}
